using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;

namespace AuthzEngine.Analysis.Identities;

/// <summary><c>cluster.local</c> in a mesh of another trust domain: a pointer in some places, itself in others; authorization-policy §4.</summary>
internal static class TrustDomainPointerLint
{
    private const string Pointer = "cluster.local";

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy)
    {
        var own = policy.Mesh.Settings.TrustDomain;
        if (!policy.Mesh.SettingsAreKnown || policy.Mesh.TrustDomains.Contains(Pointer))
        {
            return [];
        }

        return field.Attribute switch
        {
            RuleAttribute.Principal => field.EachValue(LintCodes.TrustDomainPointer, value => CheckPrincipal(field, value, own, policy)),
            RuleAttribute.TrustDomain => field.EachValue(LintCodes.TrustDomainPointer, value => value == Pointer ? Itself(field, value, own) : null),
            _ => [],
        };
    }

    private static Advice? CheckPrincipal(WrittenField field, string value, string own, AnalyzedPolicy policy) =>
        !value.StartsWith(Pointer + "/", StringComparison.Ordinal) ? null
        : TrustDomainExpansion.OfPrincipals([value], policy.Mesh.Settings) is [var only] && only == value ? Itself(field, value, own)
        : new(
            $"`{Pointer}` of {Excerpt.Of(value)} stands for the mesh's trust domain, {Excerpt.Of(own)}: identities of a trust domain named `{Pointer}` do not match",
            $"write {Excerpt.Of(own + value[Pointer.Length..])}",
            Severity.Info);

    private static Advice Itself(WrittenField field, string value, string own) => new(
        $"`{Pointer}` stands for the mesh's trust domain only in principals of the form `{Pointer}/ns/namespace/sa/account`, not in {Excerpt.Of(value)}: for workloads of {Excerpt.Of(own)} {field.NeverMatches}",
        $"write {Excerpt.Of(own + value[Pointer.Length..])}");
}
