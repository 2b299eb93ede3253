using System.Security.Cryptography;
using Grpc.Core;
using MeshCA.Authorities;
using MeshCA.Authorities.JwtKeys;
using MeshCA.Issuance;
using MeshCA.Registration;
using MeshCA.Rotations;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;
using Messages = MeshCA.Wire.Admin;

namespace MeshCA.Rpc.Administration;

/// <summary>Authorities and rotations for administrators: translates between the wire and the coordinator.</summary>
/// <param name="store">The authorities.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Gets what could not be measured after an order.</param>
/// <param name="rotations">Null where the authority is plugged in: then its files are what is changed.</param>
/// <param name="jwtKeys">Takes orders about JWT keys where the authority is plugged in; null where it is not.</param>
/// <param name="jwtKeyRotation">Replaces JWT keys.</param>
/// <param name="trustDomains">The trust domains of identities.</param>
internal sealed class AuthoritiesService(
    IAuthorityStore store,
    PermittedTrustDomains trustDomains,
    JwtKeyCoordinator jwtKeyRotation,
    TimeProvider clock,
    ILogger<AuthoritiesService> logger,
    RotationCoordinator? rotations = null,
    IJwtKeyCommands? jwtKeys = null)
    : Messages.Authorities.AuthoritiesBase
{
    private const int MaxReasonLength = 512;
    private static readonly Status StoreUnavailable = new(StatusCode.Unavailable, "the store does not answer at the moment");
    private static readonly Status Tampered = new(StatusCode.DataLoss, "the authorities in the store were changed by something else, or their keys do not open");

    private static readonly Status PluggedIn = new(
        StatusCode.FailedPrecondition, "the signing authority is plugged in (Authorities:PluginDirectory): change its files instead");

    /// <inheritdoc />
    public override async Task<Messages.ListAuthoritiesResponse> List(Messages.ListAuthoritiesRequest request, ServerCallContext context) =>
        AuthorityMessages.List(await GuardAsync(store.LoadAsync(context.CancellationToken)), trustDomains);

    /// <inheritdoc />
    public override async Task<Messages.Rotation> GetRotation(Messages.GetRotationRequest request, ServerCallContext context) =>
        AuthorityMessages.Of(await GuardAsync(Rotations.ReportAsync(context.CancellationToken)));

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> BeginRotation(Messages.BeginRotationRequest request, ServerCallContext context)
    {
        var order = Order(context, request.Reason, isForced: false);
        return AnswerAsync(
            request.Root is { } root
                ? Rotations.ImportAsync(
                    new SuppliedMaterial(root.CertificatePem, root.CrossCertificatePem, root.KeyPem), request.Manual, order, context.CancellationToken)
                : Rotations.BeginAsync(request.Manual, order, context.CancellationToken),
            context);
    }

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Activate(Messages.StepRequest request, ServerCallContext context) =>
        StepAsync(new AuthorityCommand.Activate(), request, context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Retire(Messages.StepRequest request, ServerCallContext context) =>
        StepAsync(new AuthorityCommand.Retire(), request, context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Rollback(Messages.StepRequest request, ServerCallContext context) =>
        StepAsync(new AuthorityCommand.Rollback(), request, context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Hold(Messages.StepRequest request, ServerCallContext context) =>
        StepAsync(new AuthorityCommand.Hold(IsAutomatic: false), request, context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Resume(Messages.StepRequest request, ServerCallContext context) =>
        StepAsync(new AuthorityCommand.Resume(), request, context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Renew(Messages.AuthorityRequest request, ServerCallContext context) => AnswerAsync(
        Rotations.RenewAsync(request.Id, Order(context, request.Reason, request.Force), context.CancellationToken), context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Taint(Messages.AuthorityRequest request, ServerCallContext context) =>
        OrderAsync(new AuthorityCommand.Taint(request.Id), Order(context, request.Reason, request.Force), context);

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Revoke(Messages.AuthorityRequest request, ServerCallContext context) =>
        OrderAsync(new AuthorityCommand.Revoke(request.Id), Order(context, request.Reason, request.Force), context);

    /// <inheritdoc />
    public override async Task<Messages.OrderResponse> RotateJwtKey(Messages.StepRequest request, ServerCallContext context)
    {
        var order = Order(context, request.Reason, request.Force);
        var outcome = await GuardAsync(jwtKeyRotation.RotateAsync(order, context.CancellationToken));
        var response = Answer(outcome, context);
        if (!await TryMeasureAsync(outcome, MeasureAsync))
        {
            var set = ((RotationOutcome.Done)outcome).Authorities; // of all others it is told that it failed
            (response.JwtKeys, response.Rotation) = (AuthorityMessages.OfUnmeasuredKeys(set, order.Now), AuthorityMessages.OfUnmeasured(set, order.Now));
            response.Unmeasured = true;
        }

        return response;

        async Task MeasureAsync()
        {
            var keys = await jwtKeyRotation.ReportAsync(context.CancellationToken);
            var rotation = rotations is null
                ? NoRotation(keys.BundleSequence)
                : AuthorityMessages.Of(await rotations.ReportAsync(context.CancellationToken));
            (response.JwtKeys, response.Rotation) = (AuthorityMessages.Of(keys), rotation);
        }
    }

    /// <inheritdoc />
    public override async Task<Messages.JwtKeyRotation> GetJwtKeyRotation(Messages.GetJwtKeyRotationRequest request, ServerCallContext context) =>
        AuthorityMessages.Of(await GuardAsync(jwtKeyRotation.ReportAsync(context.CancellationToken)));

    /// <inheritdoc />
    public override async Task<Messages.CreateSigningRequestResponse> CreateRequest(
        Messages.CreateSigningRequestRequest request, ServerCallContext context)
    {
        var outcome = await GuardAsync(Rotations.RequestAsync(Order(context, "", isForced: false), context.CancellationToken));
        var set = outcome is RotationOutcome.Done(var authorities) ? authorities : throw Refused(outcome);
        var made = set.Authorities.Last(a => a is { Kind: AuthorityKind.Request, State: AuthorityState.Prepared });
        return new()
        {
            Id = made.Id,
            CsrPem = PemEncoding.WriteString("CERTIFICATE REQUEST", made.Certificate.Span) + "\n",
        };
    }

    /// <inheritdoc />
    public override Task<Messages.OrderResponse> Install(Messages.InstallRequest request, ServerCallContext context) => AnswerAsync(
        Rotations.InstallAsync(request.CertificatePem, Order(context, "", isForced: false), context.CancellationToken), context);

    private RotationCoordinator Rotations => rotations ?? throw new RpcException(PluggedIn);

    // What may be about a JWT key, which is ours also where the X.509 authorities are plugged in.
    private Task<Messages.OrderResponse> OrderAsync(AuthorityCommand command, CommandContext order, ServerCallContext context) =>
        rotations is null && jwtKeys is not null
            ? AnswerPluggedAsync(jwtKeys.ExecuteAsync(command, order, context.CancellationToken))
            : AnswerAsync(Rotations.ExecuteAsync(command, order, context.CancellationToken), context);

    private async Task<Messages.OrderResponse> AnswerPluggedAsync(Task<CommandOutcome> order) => await GuardAsync(order) switch
    {
        CommandOutcome.Done(var set) => new()
        {
            Rotation = NoRotation(set.BundleSequence),
        },
        CommandOutcome.Refused(AuthorityRefusal.Unusable, _) => throw new RpcException(PluggedIn),
        CommandOutcome.Refused(var reason, var detail) => throw new RpcException(new(CodeOf(reason), detail)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private Messages.Rotation NoRotation(ulong bundleSequence) => new()
    {
        Fleet = new(),
        Measured = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(clock.GetUtcNow()),
        BundleSequence = bundleSequence,
    };

    private Task<Messages.OrderResponse> StepAsync(AuthorityCommand command, Messages.StepRequest request, ServerCallContext context) =>
        AnswerAsync(
            Rotations.ExecuteAsync(command, Order(context, request.Reason, request.Force), context.CancellationToken), context);

    private async Task<Messages.OrderResponse> AnswerAsync(Task<RotationOutcome> order, ServerCallContext context)
    {
        var outcome = await GuardAsync(order);
        var response = Answer(outcome, context);
        if (!await TryMeasureAsync(outcome, async () => response.Rotation = AuthorityMessages.Of(await Rotations.ReportAsync(context.CancellationToken))))
        {
            response.Rotation = AuthorityMessages.OfUnmeasured(((RotationOutcome.Done)outcome).Authorities, clock.GetUtcNow()); // as above
            response.Unmeasured = true;
        }

        return response;
    }

    // What is durable is answered as done, whatever fails after it.
    private Task<bool> TryMeasureAsync(RotationOutcome outcome, Func<Task> measure)
    {
        return GuardAsync(TryAsync());

        async Task<bool> TryAsync()
        {
            try
            {
                await measure();
                return true;
            }
            catch (Exception e) when (outcome is RotationOutcome.Done && e is JournalUnavailableException or KeySealException)
            {
                Log.OrderUnmeasured(logger, e.Message);
                return false;
            }
        }
    }

    private static Messages.OrderResponse Answer(RotationOutcome outcome, ServerCallContext context)
    {
        if (outcome is RotationOutcome.Guarded(var unmet, _, _))
        {
            context.GetHttpContext().Features.Set(new GuardedCall($"not met: {string.Join(", ", unmet.Select(condition => condition.Kind))}"));
        }

        return outcome switch
        {
            RotationOutcome.Done => new Messages.OrderResponse(),
            RotationOutcome.Guarded guarded => new Messages.OrderResponse { Refusal = AuthorityMessages.Of(guarded) },
            var refused => throw Refused(refused),
        };
    }

    private CommandContext Order(ServerCallContext context, string reason, bool isForced)
    {
        if (isForced && string.IsNullOrWhiteSpace(reason))
        {
            throw new RpcException(new(StatusCode.InvalidArgument, "an order that is forced needs a reason"));
        }

        if (reason.Length > MaxReasonLength)
        {
            throw new RpcException(new(StatusCode.InvalidArgument, $"the reason is longer than {MaxReasonLength} characters"));
        }

        return new CommandContext(clock.GetUtcNow(), context.GetAdminCaller().Actor, reason, isForced);
    }

    private static RpcException Refused(RotationOutcome outcome) => outcome is RotationOutcome.Refused(var reason, var detail)
        ? new RpcException(new(CodeOf(reason), detail))
        : throw new System.Diagnostics.UnreachableException();

    private static StatusCode CodeOf(AuthorityRefusal reason) => reason switch
    {
        AuthorityRefusal.UnknownAuthority => StatusCode.NotFound,
        AuthorityRefusal.AlreadyThere => StatusCode.AlreadyExists,
        AuthorityRefusal.Unusable => StatusCode.InvalidArgument,
        AuthorityRefusal.Outrun => StatusCode.Aborted,
        AuthorityRefusal.ClockBehind => StatusCode.Unavailable,
        _ => StatusCode.FailedPrecondition,
    };

    private static async Task<T> GuardAsync<T>(Task<T> task)
    {
        try
        {
            return await task;
        }
        catch (JournalUnavailableException)
        {
            throw new RpcException(StoreUnavailable);
        }
        catch (KeySealException)
        {
            throw new RpcException(Tampered);
        }
    }
}
