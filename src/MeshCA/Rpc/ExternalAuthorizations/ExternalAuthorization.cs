using System.Diagnostics;
using AuthzEngine.Evaluation;
using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.Decisions;
using Microsoft.AspNetCore.Http;

namespace MeshCA.Rpc.ExternalAuthorizations;

/// <summary>Decisions over plain HTTP: 200 lets the request pass, 401 and 403 do not, 503 is an error.</summary>
/// <remarks>
/// Envoy takes every other answer than 200 and 5xx for a denial, and shows it to the client; what nobody could decide is for its
/// <c>failure_mode_allow</c>, whoever's fault it is.
/// </remarks>
internal sealed class ExternalAuthorization(
    DecisionPoint point, DecisionSettings settings, ForwardedQuestions questions, DecisionOptions options, DecisionRefusals refusals, TimeProvider clock)
{
    private const string DecisionHeader = "x-meshca-decision-id";
    private const string ReasonHeader = "x-meshca-reason";
    private const string PolicyHeader = "x-meshca-policy";
    private const string RuleHeader = "x-meshca-rule";
    private const string PathHeader = "x-meshca-path";
    private const string PlainText = "text/plain";
    private const string BanHeader = "x-meshca-ban";

    // Envoy's HTTP filter takes these out of the request that it sends on; other proxies must be told to.
    private const string RemovalHeader = "x-envoy-auth-headers-to-remove";

    /// <summary>The first segment of Envoy's form.</summary>
    public const string OwnForm = "/envoy/";

    /// <summary>The first segment of the other form.</summary>
    public const string ForwardedForm = "/forward-auth/";

    /// <summary>Answers what is turned away before it is read.</summary>
    /// <param name="context">The proxy's request.</param>
    /// <param name="reason">Why nobody can decide.</param>
    public static Task RefuseAsync(HttpContext context, DecisionRefusal reason) => RefuseAsync(context, reason, "");

    /// <summary>Answers what is asked at no address of the HTTP form: a proxy with the wrong prefix must not read a denial.</summary>
    public Task AnswerUnknownAsync(HttpContext context)
    {
        refusals.Note(DecisionRefusal.QuestionMalformed, "", CallerOf(context)?.Identity ?? "local");
        return RefuseAsync(context, DecisionRefusal.QuestionMalformed);
    }

    /// <summary>Decides a request in Envoy's form (<c>envoyExtAuthzHttp</c>): its path follows the workload's segment.</summary>
    public Task AnswerOwnAsync(HttpContext context) => AnswerAsync(context, OwnForm, (subject, rest) =>
        questions.TryReadOwn(context, rest, subject, out var attributes) || subject.Ban is not null
            ? point.Decide(subject, in attributes)
            : new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed));

    /// <summary>Decides a request that headers describe (<c>auth_request</c>, <c>forward_auth</c>).</summary>
    public Task AnswerForwardedAsync(HttpContext context) => AnswerAsync(context, ForwardedForm, (subject, _) =>
        questions.TryReadForwarded(context, subject, out var attributes) || subject.Ban is not null
            ? point.Decide(subject, in attributes)
            : new DecisionOutcome.Refused(DecisionRefusal.QuestionMalformed));

    private Task AnswerAsync(HttpContext context, string form, Func<DecisionSubject, string, DecisionOutcome> decide)
    {
        var caller = CallerOf(context);
        DecisionOutcome outcome = caller is null ? new DecisionOutcome.Refused(DecisionRefusal.CallerUnknown)
            : !ForwardedQuestions.TryDivide(context, form, out var reference, out var rest) ? new DecisionOutcome.Refused(DecisionRefusal.WorkloadMalformed)
            : !point.TryFind(caller, in reference, questions.ReadSource(context, caller), out var subject, out var refusal) ? refusal
            : decide(subject, rest);
        switch (outcome)
        {
            case DecisionOutcome.Decided decided:
                return WriteAsync(context.Response, decided, isForwarded: form == ForwardedForm);
            case DecisionOutcome.Refused(var reason, var what):
                refusals.Note(reason, what, caller?.Identity ?? "local");
                return RefuseAsync(context, reason, what);
            default:
                throw new UnreachableException();
        }
    }

    private static Task RefuseAsync(HttpContext context, DecisionRefusal reason, string subject)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers[ReasonHeader] = reason.ToString();
        response.ContentType = PlainText;
        return response.WriteAsync(GrpcStatus.Of(reason, subject).Detail, context.RequestAborted);
    }

    private DecisionCaller? CallerOf(HttpContext context) => ConnectionCaller.Find(context, settings, clock.GetUtcNow());

    private Task WriteAsync(HttpResponse response, DecisionOutcome.Decided decided, bool isForwarded)
    {
        response.Headers[DecisionHeader] = decided.Id;
        response.Headers[ReasonHeader] = DecisionTexts.Of(decided.Decision.Reason);

        // Proxies may show these to clients: Envoy and Caddy do, unless told otherwise.
        if (options.ShowPolicy && decided.Decision.Rule is { } rule)
        {
            response.Headers[PolicyHeader] = rule.Policy.ToString();
            response.Headers[RuleHeader] = rule.Id;
        }

        if (decided.Ban is { } ban)
        {
            response.Headers[BanHeader] = ban.Describe();
        }

        if (decided.Decision.Verdict == Verdict.Allow)
        {
            WriteMutations(response, decided.Mutations);
            if (isForwarded)
            {
                response.Headers[PathHeader] = decided.Path;
            }

            return Task.CompletedTask;
        }

        var denial = Denial.Of(decided.Decision.Reason);
        response.StatusCode = denial.HttpStatus;
        response.ContentType = PlainText;
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
}
