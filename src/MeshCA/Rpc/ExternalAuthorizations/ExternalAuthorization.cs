using System.Diagnostics;
using AuthzEngine.Evaluation;
using Grpc.Core;
using MeshCA.Decisions;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>Decisions over plain HTTP: 200 lets the request pass, 401 and 403 do not, anything else is an error.</summary>
internal sealed class ExternalAuthorization(
    DecisionPoint point, DecisionSettings settings, ForwardedQuestions questions, DecisionRefusals refusals, TimeProvider clock)
{
    private const string DecisionHeader = "x-meshca-decision-id";
    private const string ReasonHeader = "x-meshca-reason";
    private const string BanHeader = "x-meshca-ban";

    // Envoy's HTTP filter takes these out of the request that it sends on; other proxies must be told to.
    private const string RemovalHeader = "x-envoy-auth-headers-to-remove";

    /// <summary>The first segment of Envoy's form.</summary>
    public const string OwnForm = "/envoy/";

    /// <summary>The first segment of the other form.</summary>
    public const string ForwardedForm = "/forward-auth/";

    /// <summary>Answers what is turned away before it is read.</summary>
    public static void Refuse(HttpContext context, DecisionRefusal reason)
    {
        context.Response.StatusCode = StatusOf(reason);
        context.Response.Headers[ReasonHeader] = reason.ToString();
    }

    /// <summary>Decides a request in Envoy's form (<c>envoyExtAuthzHttp</c>): its path follows the workload's segment.</summary>
    public Task AnswerOwnAsync(HttpContext context) => AnswerAsync(context, OwnForm, (subject, rest) =>
        rest.StartsWith('/') || subject.Ban is not null
            ? point.Decide(subject, questions.ReadOwn(context, rest, subject.Entry.Policies))
            : new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed));

    /// <summary>Decides a request that headers describe (<c>auth_request</c>, <c>forward_auth</c>).</summary>
    public Task AnswerForwardedAsync(HttpContext context) => AnswerAsync(context, ForwardedForm, (subject, _) =>
        questions.TryReadForwarded(context, subject, out var attributes) || subject.Ban is not null
            ? point.Decide(subject, in attributes)
            : new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed));

    private Task AnswerAsync(HttpContext context, string form, Func<DecisionSubject, string, DecisionOutcome> decide)
    {
        var caller = ConnectionCaller.Find(context, settings, clock.GetUtcNow());
        DecisionOutcome outcome = caller is null ? new DecisionOutcome.Refused(DecisionRefusal.CallerUnknown)
            : !ForwardedQuestions.TryDivide(context, form, out var reference, out var rest) ? new DecisionOutcome.Refused(DecisionRefusal.WorkloadMalformed)
            : !point.TryFind(caller, in reference, ForwardedQuestions.Source, out var subject, out var refusal) ? refusal
            : decide(subject, rest);
        switch (outcome)
        {
            case DecisionOutcome.Decided decided:
                return WriteAsync(context.Response, decided);
            case DecisionOutcome.Refused(var reason, var what):
                refusals.Note(reason, what, caller?.Identity ?? "local");
                Refuse(context, reason);
                return Task.CompletedTask;
            default:
                throw new UnreachableException();
        }
    }

    private static Task WriteAsync(HttpResponse response, DecisionOutcome.Decided decided)
    {
        response.Headers[DecisionHeader] = decided.Id;
        response.Headers[ReasonHeader] = DecisionTexts.Of(decided.Decision.Reason);
        if (decided.Ban is { } ban)
        {
            response.Headers[BanHeader] = ban.Describe();
        }

        if (decided.Decision.Verdict == Verdict.Allow)
        {
            WriteMutations(response, decided.Mutations);
            return Task.CompletedTask;
        }

        var denial = Denial.Of(decided.Decision.Reason);
        response.StatusCode = denial.HttpStatus;
        response.ContentType = "text/plain";
        if (denial.Challenge is { } challenge)
        {
            response.Headers.WWWAuthenticate = challenge;
        }

        return response.WriteAsync(denial.Body, response.HttpContext.RequestAborted);
    }

    private static void WriteMutations(HttpResponse response, IReadOnlyList<HeaderMutation> mutations)
    {
        foreach (var mutation in mutations)
        {
            if (mutation.Value is { } value)
            {
                response.Headers[mutation.Name] = value; // for the proxy to copy onto the request
            }
        }

        var removed = mutations.Where(mutation => mutation.Value is null).Select(mutation => mutation.Name).ToList();
        if (removed.Count > 0)
        {
            response.Headers[RemovalHeader] = string.Join(',', removed);
        }
    }

    private static int StatusOf(DecisionRefusal reason) => GrpcStatus.Of(reason, "").StatusCode switch
    {
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}

/// <summary>The routes of the HTTP form.</summary>
internal static class ExternalAuthorizationRoutes
{
    /// <summary>Maps <c>/envoy/WORKLOAD/PATH</c> and <c>/forward-auth/WORKLOAD</c>, for every method.</summary>
    public static IEndpointConventionBuilder MapExternalAuthorization(this IEndpointRouteBuilder routes)
    {
        var service = routes.ServiceProvider.GetRequiredService<ExternalAuthorization>();
        var group = routes.MapGroup("");
        group.Map(ExternalAuthorization.OwnForm + "{workload}/{**path}", service.AnswerOwnAsync);
        group.Map(ExternalAuthorization.ForwardedForm + "{workload}", service.AnswerForwardedAsync);
        return group;
    }
}
