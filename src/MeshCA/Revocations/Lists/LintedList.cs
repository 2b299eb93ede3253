using System.Diagnostics.CodeAnalysis;

namespace MeshCA.Revocations.Lists;

/// <summary>To-be-signed bytes of a list that say what was planned. A signing authority signs no other list.</summary>
internal sealed class LintedList
{
    // Invariant: private, so that signing without linting cannot be written.
    private LintedList(ReadOnlyMemory<byte> tbs, ListPlan plan)
    {
        Tbs = tbs;
        Plan = plan;
    }

    /// <summary>The exact bytes that will be signed.</summary>
    public ReadOnlyMemory<byte> Tbs { get; }

    /// <summary>What they say.</summary>
    public ListPlan Plan { get; }

    /// <summary>Reads bytes back and holds them against their plan.</summary>
    /// <param name="tbs">The exact bytes that will be signed.</param>
    /// <param name="plan">What they are meant to say.</param>
    /// <param name="linted">The way to a signature, or null.</param>
    public static bool TryLint(ReadOnlyMemory<byte> tbs, ListPlan plan, [NotNullWhen(true)] out LintedList? linted)
    {
        var holds = ListFields.TryRead(tbs, out var fields)
            && fields.SignatureAlgorithm == plan.Issuer.SignatureAlgorithm
            && fields.Issuer.Span.SequenceEqual(plan.Issuer.Subject.Span)
            && fields.Authority == Convert.ToHexStringLower(plan.Issuer.KeyIdentifier.Span)
            && fields.Number == plan.Number
            && plan.Number > 0
            && fields.ThisUpdate == plan.ThisUpdate
            && fields.NextUpdate == plan.NextUpdate
            && plan.ThisUpdate < plan.NextUpdate
            && !fields.IsLimited
            && fields.Serials.SequenceEqual(plan.Entries.Select(entry => entry.Serial));
        linted = holds ? new LintedList(tbs, plan) : null;
        return holds;
    }
}
