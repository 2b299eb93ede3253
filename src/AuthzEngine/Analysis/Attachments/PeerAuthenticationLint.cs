using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;

namespace AuthzEngine.Analysis.Attachments;

/// <summary>PeerAuthentications that are passed over: a second one of a scope, a selector in the root namespace; §7.1.</summary>
internal static class PeerAuthenticationLint
{
    public static IEnumerable<LocatedRemark> Check(AnalyzedMesh mesh) =>
        Duplicates(mesh).Concat(mesh.PeerAuthentications.Where(policy => IsIgnored(policy, mesh)).Select(Ignored));

    private static IEnumerable<LocatedRemark> Duplicates(AnalyzedMesh mesh) =>
        from scope in mesh.PeerAuthentications.Where(policy => !IsIgnored(policy, mesh)).GroupBy(ScopeText, StringComparer.Ordinal)
        let first = scope.Min(AgeOrder.OldestFirst)
        from later in scope
        where !ReferenceEquals(later, first)
        select new LocatedRemark(later.Id, new(
            LintCodes.PeerAuthenticationDuplicate,
            later.Selector is null ? "" : "spec.selector",
            $"{Excerpt.Of(first.Id.ToString())} has the same scope and is older, or comes first by name: this one is passed over",
            "keep one of them"));

    private static string ScopeText(PeerAuthentication policy) => policy.Id.Namespace + "\n" + string.Join('\n', Labels(policy)
        .OrderBy(label => label.Key, StringComparer.Ordinal)
        .Select(label => $"{label.Key}={label.Value}"));

    private static bool IsIgnored(PeerAuthentication policy, AnalyzedMesh mesh) =>
        policy.Id.Namespace == mesh.Settings.RootNamespace && Labels(policy).Any();

    private static LocatedRemark Ignored(PeerAuthentication policy) => new(policy.Id, new(
        LintCodes.PeerAuthenticationIgnored,
        "spec.selector",
        "a PeerAuthentication of the root namespace with a selector is passed over",
        "put it into the namespace of the workloads, or remove the selector to set the mode of the whole mesh"));

    private static IEnumerable<KeyValuePair<string, string>> Labels(PeerAuthentication policy) => policy.Selector?.MatchLabels ?? Enumerable.Empty<KeyValuePair<string, string>>();
}
