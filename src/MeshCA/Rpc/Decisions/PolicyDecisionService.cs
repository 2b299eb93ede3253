using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using MeshCA.Decisions;
using MeshCA.Policies;
using MeshCA.Telemetry;
using MeshCA.Wire.Decision.V1;
using Request = MeshCA.Wire.Decision.V1.Request;

namespace MeshCA.Rpc.Decisions;

/// <summary>Decisions in our own form: translates between the wire and <see cref="DecisionPoint"/>.</summary>
internal sealed class PolicyDecisionService(
    DecisionPoint point,
    DecisionSettings settings,
    DecisionGate gate,
    DecisionRefusals refusals,
    CertificateMetrics metrics,
    TimeProvider clock,
    IPolicySnapshots? snapshots = null) : PolicyDecisionPoint.PolicyDecisionPointBase
{
    private const string ServiceName = "meshca.decision.v1.PolicyDecisionPoint";

    /// <summary>Most questions of a batch.</summary>
    public const int MaxBatch = 1_000;

    private static readonly Request NoRequest = new();

    /// <summary>The methods whose answers hold policies and values of requests.</summary>
    public static IReadOnlyList<string> ForAdministrators { get; } = [nameof(Explain), nameof(GetSnapshot)];

    /// <inheritdoc />
    public override Task<DecideResponse> Decide(DecideRequest request, ServerCallContext context) =>
        MeasureAsync(nameof(Decide), DecideAsync, request, context);

    /// <inheritdoc />
    public override Task<DecideBatchResponse> DecideBatch(DecideBatchRequest request, ServerCallContext context) =>
        MeasureAsync(nameof(DecideBatch), DecideBatchAsync, request, context);

    /// <inheritdoc />
    public override Task<ExplainResponse> Explain(DecideRequest request, ServerCallContext context) =>
        MeasureAsync(nameof(Explain), ExplainAsync, request, context);

    /// <inheritdoc />
    public override Task<GetSnapshotResponse> GetSnapshot(GetSnapshotRequest request, ServerCallContext context) =>
        MeasureAsync(nameof(GetSnapshot), GetSnapshotAsync, request, context);

    private async Task<TResponse> MeasureAsync<TRequest, TResponse>(
        string method, Func<TRequest, ServerCallContext, Task<TResponse>> answer, TRequest request, ServerCallContext context)
    {
        var started = clock.GetTimestamp();
        var status = StatusCode.Unknown;
        try
        {
            var response = await answer(request, context);
            status = StatusCode.OK;
            return response;
        }
        catch (RpcException refusal)
        {
            status = refusal.StatusCode;
            throw;
        }
        catch (OperationCanceledException)
        {
            status = context.Deadline <= clock.GetUtcNow() ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
            throw;
        }
        finally
        {
            metrics.RpcHandled("unary", ServiceName, method, status.ToString(), clock.GetElapsedTime(started));
        }
    }

    private async Task<DecideResponse> DecideAsync(DecideRequest request, ServerCallContext context)
    {
        await WaitForAsync(request.MinRevision, context);
        return Answer(request, Caller(context), context) switch
        {
            DecisionOutcome.Decided decided => new DecideResponse { Decision = DecisionAnswers.Of(decided) },
            DecisionOutcome.Refused(var reason, var subject) => throw new RpcException(GrpcStatus.Of(reason, subject)),
            _ => throw new UnreachableException(),
        };
    }

    private async Task<DecideBatchResponse> DecideBatchAsync(DecideBatchRequest request, ServerCallContext context)
    {
        if (request.Requests.Count > MaxBatch)
        {
            throw new RpcException(GrpcStatus.BatchTooLarge);
        }

        await WaitForAsync(request.Requests.Count == 0 ? 0 : request.Requests.Max(question => question.MinRevision), context);
        var caller = Caller(context);
        var response = new DecideBatchResponse();
        foreach (var question in request.Requests)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            response.Answers.Add(AnswerOf(Answer(question, caller, context)));
        }

        return response;
    }

    private async Task<ExplainResponse> ExplainAsync(DecideRequest request, ServerCallContext context)
    {
        await WaitForAsync(request.MinRevision, context);
        if (!TryFind(request, Caller(context), out var subject, out var refusal))
        {
            throw new RpcException(GrpcStatus.Of(refusal.Reason, refusal.Subject));
        }

        if (!QuestionReader.TryRead(request.Request ?? NoRequest, subject.Entry.Policies, out var attributes) && subject.Ban is null)
        {
            throw new RpcException(GrpcStatus.Of(DecisionRefusal.QuestionMalformed, ""));
        }

        return DecisionAnswers.Of(point.Explain(subject, in attributes), subject);
    }

    private async Task<GetSnapshotResponse> GetSnapshotAsync(GetSnapshotRequest request, ServerCallContext context)
    {
        await WaitForAsync(request.MinRevision, context);
        return snapshots?.Current is { } snapshot
            ? SnapshotAnswers.Of(snapshot, request.AllResources, clock.GetUtcNow())
            : throw new RpcException(GrpcStatus.Of(snapshots is null ? DecisionRefusal.NoPolicySource : DecisionRefusal.NoSnapshot, ""));
    }

    private static DecideBatchResponse.Types.Answer AnswerOf(DecisionOutcome outcome) => outcome switch
    {
        DecisionOutcome.Decided decided => new() { Decision = DecisionAnswers.Of(decided) },
        DecisionOutcome.Refused(var reason, var subject) => new() { Undecided = UndecidedOf(GrpcStatus.Of(reason, subject)) },
        _ => throw new UnreachableException(),
    };

    private static Undecided UndecidedOf(Status status) => new() { Code = (int)status.StatusCode, Message = status.Detail };

    private DecisionCaller? Caller(ServerCallContext context) =>
        ConnectionCaller.Find(context.GetHttpContext(), settings, clock.GetUtcNow());

    // The gate bounds how many wait, and for how long: it cuts the call off.
    private async ValueTask WaitForAsync(long revision, ServerCallContext context)
    {
        if (revision > 0 && snapshots is not null && !(snapshots.Current?.Revision >= revision)
            && !await gate.WaitOutsideAsync(token => snapshots.WaitForAsync(revision, token).AsTask(), context.CancellationToken))
        {
            refusals.Note(DecisionRefusal.Overloaded, "", Caller(context)?.Identity ?? context.Peer);
            throw new RpcException(GrpcStatus.Of(DecisionRefusal.Overloaded, ""));
        }
    }

    private DecisionOutcome Answer(DecideRequest request, DecisionCaller? caller, ServerCallContext context)
    {
        var outcome = !TryFind(request, caller, out var subject, out var refusal) ? refusal
            : QuestionReader.TryRead(request.Request ?? NoRequest, subject.Entry.Policies, out var attributes) || subject.Ban is not null
                ? point.Decide(subject, in attributes)
            : new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed);
        if (outcome is DecisionOutcome.Refused(var reason, var what))
        {
            refusals.Note(reason, what, caller?.Identity ?? context.Peer);
        }

        return outcome;
    }

    private bool TryFind(
        DecideRequest request,
        DecisionCaller? caller,
        [NotNullWhen(true)] out DecisionSubject? subject,
        [NotNullWhen(false)] out DecisionOutcome.Refused? refusal)
    {
        subject = null;
        refusal = caller is null ? new(DecisionRefusal.CallerUnknown) : new(DecisionRefusal.WorkloadMalformed);
        return caller is not null
            && QuestionReader.TryReadWorkload(request.Workload, out var reference)
            && point.TryFind(caller, in reference, QuestionReader.ReadSource(request.Request ?? NoRequest), out subject, out refusal);
    }
}
