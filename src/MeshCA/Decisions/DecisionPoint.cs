using System.Diagnostics.CodeAnalysis;
using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using MeshCA.Policies;

namespace MeshCA.Decisions;

/// <summary>Decides for proxies: which workload a caller may ask about, and what its policies say.</summary>
/// <param name="snapshots">The policies; null: no source of them is configured.</param>
/// <param name="settings">Who is trusted.</param>
/// <param name="tokens">Verifies tokens that the proxy did not; null: nobody does, so that they are unknown.</param>
/// <param name="logs">Who takes note.</param>
/// <param name="clock">The clock.</param>
internal sealed class DecisionPoint(
    IPolicySnapshots? snapshots, DecisionSettings settings, IRequestTokens? tokens, IEnumerable<IDecisionLog> logs, TimeProvider clock)
{
    private readonly IDecisionLog[] _logs = [.. logs];
    private readonly DescribedWorkloads _described = new();
    private readonly DecisionIds _ids = new();

    /// <summary>Finds the workload that a question is about, if the caller may ask about it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="reference">The workload; untrusted.</param>
    /// <param name="subject">The workload and the snapshot that answers, or null.</param>
    /// <param name="refusal">Why there is none, or null.</param>
    public bool TryFind(
        DecisionCaller caller,
        in WorkloadReference reference,
        [NotNullWhen(true)] out DecisionSubject? subject,
        [NotNullWhen(false)] out DecisionOutcome.Refused? refusal)
    {
        subject = null;
        if (!caller.SpeaksForOthers && Check(caller, in reference) is { } notEntitled)
        {
            refusal = notEntitled;
            return false;
        }

        if (snapshots?.Current is not { } snapshot)
        {
            refusal = new(snapshots is null ? DecisionRefusal.NoPolicySource : DecisionRefusal.NoSnapshot);
            return false;
        }

        // A proxy that terminated plaintext has no certificate to report: it asks about itself.
        var principal = reference.Description?.Principal ?? (string.IsNullOrEmpty(reference.Principal) ? caller.Identity : reference.Principal);
        subject = reference.Description is { Workload: not null } description
            ? Subject(_described.Find(snapshot, description), snapshot, reference.Principal, caller)
            : principal is not null && snapshot.Workloads.TryFind(principal, out var entry) ? Subject(entry, snapshot, principal, caller)
            : null;
        refusal = subject is not null ? null
            : reference.Description is { Workload: not null } ? new(DecisionRefusal.LabelsUnknown)
            : principal is null ? new(DecisionRefusal.WorkloadUnnamed)
            : new(DecisionRefusal.WorkloadUnknown, Shortened(principal));
        return subject is not null;
    }

    /// <summary>Decides a request.</summary>
    /// <param name="subject">The workload.</param>
    /// <param name="request">The request, with the claims of a token that the proxy verified; untrusted.</param>
    public DecisionOutcome Decide(DecisionSubject subject, in RequestAttributes request)
    {
        var started = clock.GetTimestamp();
        var authenticated = Authenticated(subject, in request);
        var known = authenticated.Request;
        var decision = subject.Entry.Policies.Decide(in known);
        if (known.Headers is not null && request.Headers is IUncertainHeaders { WasUncertain: true })
        {
            known = known with { Unsupplied = known.Unsupplied | AttributeKinds.Headers };
            decision = subject.Entry.Policies.Decide(in known);
        }

        var asked = decision.ProvidersToAsk;
        if (asked is { } questions)
        {
            if (decision.Verdict == Verdict.Allow && FindUnanswered(questions) is { } provider)
            {
                return new DecisionOutcome.Refused(DecisionRefusal.ProviderNotAskable, provider);
            }

            // Certain already where it denies: no provider lifts a refusal.
            decision = decision with { ProvidersToAsk = null };
        }

        var decided = new DecisionOutcome.Decided(decision, _ids.Next(), subject.Snapshot.Revision)
        {
            Mutations = authenticated.Mutations,
            RemovedParameters = authenticated.RemovedParameters,
        };
        Record(new(subject, known, decided, clock.GetUtcNow(), clock.GetElapsedTime(started)) { Asked = asked });
        return decided;
    }

    /// <summary>Decides a request, and says what became of each rule.</summary>
    /// <inheritdoc cref="Decide"/>
    public Explanation Explain(DecisionSubject subject, in RequestAttributes request)
    {
        var (known, _) = Authenticated(subject, in request);
        var explanation = subject.Entry.Policies.Explain(in known);
        return known.Headers is not null && request.Headers is IUncertainHeaders { WasUncertain: true }
            ? subject.Entry.Policies.Explain(known with { Unsupplied = known.Unsupplied | AttributeKinds.Headers })
            : explanation;
    }

    private static DecisionSubject? Subject(WorkloadEntry? entry, PolicySnapshot snapshot, string? principal, DecisionCaller caller) =>
        entry is null ? null : new(snapshot, entry, principal, caller);

    // An untrusted caller that describes a workload is refused, not overheard: its configuration means another workload.
    private static DecisionOutcome.Refused? Check(DecisionCaller caller, in WorkloadReference reference) =>
        reference.Description is not null ? new(DecisionRefusal.CallerNotEntitled, caller.Identity ?? "")
        : string.IsNullOrEmpty(reference.Principal) || reference.Principal == caller.Identity ? null
        : new(DecisionRefusal.CallerNotEntitled, Shortened(reference.Principal));

    // Long texts of callers do not go into messages and logs, nor what a terminal would obey; identities are ASCII.
    private static string Shortened(string text)
    {
        const int longest = 256;
        return string.Create(Math.Min(text.Length, longest), text, static (shortened, whole) =>
        {
            for (var i = 0; i < shortened.Length; i++)
            {
                shortened[i] = whole[i] is > ' ' and <= '~' and not '`' ? whole[i] : '?';
            }
        });
    }

    // Claims of the proxy's own filter stand; what nobody verified is unknown, not absent: it may be a token to be refused.
    private AuthenticatedRequest Authenticated(DecisionSubject subject, in RequestAttributes request)
    {
        if (tokens is null || (request.Unsupplied & AttributeKinds.Claims) == 0 || subject.Entry.Policies.JwtRules.Count == 0)
        {
            return new(request, []);
        }

        var found = tokens.Authenticate(subject.Entry.Policies, request with { Unsupplied = request.Unsupplied & ~AttributeKinds.Claims });

        // So it is where no token was seen because the lines of a header could not be told apart: one of them may hold it.
        return found.Request.Token == TokenState.Absent && request.Headers is IUncertainHeaders { WasUncertain: true }
            ? found with { Request = found.Request with { Unsupplied = found.Request.Unsupplied | AttributeKinds.Claims } }
            : found;
    }

    private string? FindUnanswered(IReadOnlyList<ProviderQuestion> questions)
    {
        for (var i = 0; i < questions.Count; i++)
        {
            var name = questions[i].Provider.Name;
            if (!settings.OwnProviders.Contains(name) && !settings.ProvidersAskedByProxy.Contains(name))
            {
                return name;
            }
        }

        return null;
    }

    private void Record(in DecisionRecord record)
    {
        foreach (var log in _logs)
        {
            log.Record(in record);
        }
    }
}
