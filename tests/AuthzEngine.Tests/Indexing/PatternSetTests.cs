using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Indexing;
using AuthzEngine.Matching;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using AuthzEngine.Tests.Reference;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Indexing;

public sealed class PatternSetTests
{
    private const int Many = 2_000;

    // More than are compared one by one, so that they are looked up.
    private static readonly Gen<string[]> Namespaces = Gen.Elements(SampleValues.Namespaces).ArrayOf(12);
    private static readonly Gen<string[]> Accounts = Gen.Elements(SampleValues.ServiceAccounts).ArrayOf(12);
    private static readonly Gen<string[]> Suffixes = Gen.Elements("*x", "*/sa/x", "*y", "*xy", "*td1", "*").ArrayOf(12);
    private static readonly Gen<string[]> TrustDomains = Gen.Elements("td*", "*1", "*.local", "t*2", "fo*").ArrayOf(12);

    private static readonly Gen<string[]> Templates =
        Gen.Elements("/a/{*}", "/a/{**}", "/{*}/b", "/{**}/z", "/a/{*}/c/{**}/", "/{**}", "/a/{*}/c").ArrayOf(12);

    [Fact]
    public void Many_patterns_on_the_peer_match_what_one_of_them_matches() => Prop.ForAll(
        Gen.OneOf(
            Namespaces.Select(values => Array.ConvertAll(values, PeerPattern.OfNamespace)),
            Accounts.Select(values => Array.ConvertAll(values, value => PeerPattern.OfServiceAccount(value, "shop"))),
            Suffixes.Select(values => Array.ConvertAll(values, PeerPattern.OfPrincipal)),
            TrustDomains.Select(values => Array.ConvertAll(values, PeerPattern.OfTrustDomain))).ToArbitrary(),
        Gen.Elements(SampleValues.Peers).ToArbitrary(),
        (patterns, peer) => peer is null || Of<PeerMatcher, PeerPattern>(patterns, ClauseAnchors.Of, new() { SourcePrincipal = peer })
            == Array.Exists(patterns, pattern => pattern.Matches(peer))).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Many_templates_match_what_one_of_them_matches() => Prop.ForAll(
        Templates.Select(values => Array.ConvertAll(values, Template)).ToArbitrary(),
        Gen.Elements(SampleValues.PathValues).ToArbitrary(),
        (patterns, path) => path is null || Of<TemplateMatcher, PathPattern.Template>(patterns, ClauseAnchors.Of, new() { Path = path })
            == Array.Exists(patterns, pattern => pattern.Matches(path.Split('?', '#')[0]))).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("spiffe://td/ns/ns7/sa/x", true)]
    [InlineData("spiffe://td/ns/other/sa/x", false)]
    public void Of_thousands_of_namespaces_only_those_are_compared_that_may_match(string peer, bool matches) =>
        AssertFound(Range(i => PeerPattern.OfNamespace("ns" + i)), new() { SourcePrincipal = peer }, matches);

    [Theory]
    [InlineData("spiffe://td/ns/a/sa/sa7", true)]
    [InlineData("spiffe://td/ns/a/sa/other", false)]
    public void Of_thousands_of_accounts_only_those_are_compared_that_may_match(string peer, bool matches) =>
        AssertFound(Range(i => PeerPattern.OfServiceAccount("a/sa" + i, "shop")), new() { SourcePrincipal = peer }, matches);

    [Theory]
    [InlineData("spiffe://td/ns/a/sa/sa7", true)]
    [InlineData("spiffe://td/ns/a/sa/other", false)]
    public void Of_thousands_of_suffixes_only_those_are_compared_that_may_match(string peer, bool matches) =>
        AssertFound(Range(i => PeerPattern.OfPrincipal("*/sa" + i)), new() { SourcePrincipal = peer }, matches);

    [Theory]
    [InlineData("/v7/a/b", true)] // found by its start
    [InlineData("/users/1/p7", true)] // by its end: the start is that of half of them
    [InlineData("/users/1/other", false)]
    public void Of_thousands_of_templates_only_those_are_compared_that_may_match(string path, bool matches)
    {
        var templates = Range(i => Template($"/v{i}/{{*}}/b")).Concat(Range(i => Template($"/users/{{*}}/p{i}"))).ToArray();
        Counted.Compared = 0;
        Assert.Equal(matches, Of<Counted, PathPattern.Template>(templates, ClauseAnchors.Of, new() { Path = path }));
        Assert.InRange(Counted.Compared, 0, 1);
    }

    [Fact]
    public void Of_thousands_of_request_principals_only_those_are_compared_that_may_match()
    {
        var rule = Written.From(new Source { RequestPrincipals = [.. Enumerable.Range(0, Many).Select(i => $"https://issuer{i}/s*")] });
        var model = (Clause.RequestPrincipal)PolicyTranslator.Translate(Written.Deny(rule), new MeshSettings()).HttpRules[0].From[0][0];
        var apart = model.Patterns.OfType<RequestPrincipalPattern.Apart>().ToArray();
        Assert.Equal(Many, apart.Length);
        Assert.All(apart, pattern => Assert.Equal(2, ClauseAnchors.Of(pattern).Count())); // the issuer tells them apart, not the subject
        Assert.True(rule.Matches(With("https://issuer7")));
        Assert.False(rule.Matches(With("https://other")));
    }

    private static RequestAttributes With(string issuer) => new()
    {
        Claims = new(new Dictionary<string, ClaimValue> { ["iss"] = new ClaimValue.Text(issuer), ["sub"] = new ClaimValue.Text("sub") }),
        Token = TokenState.Verified,
    };

    private static void AssertFound(PeerPattern[] patterns, RequestAttributes request, bool matches)
    {
        Counted.Compared = 0;
        Assert.Equal(matches, Of<Counted, PeerPattern>(patterns, ClauseAnchors.Of, request));
        Assert.InRange(Counted.Compared, 0, 1);
    }

    private static bool Of<TMatcher, TPattern>(
        TPattern[] patterns, Func<TPattern, IEnumerable<Anchor>> anchors, RequestAttributes request)
        where TPattern : class
        where TMatcher : struct, IPatternMatcher<TPattern> =>
        new PatternSet<TPattern, TMatcher>(patterns, anchors).Matches(new RequestView(in request));

    private static T[] Range<T>(Func<int, T> pattern) => [.. Enumerable.Range(0, Many).Select(pattern)];

    private static PathPattern.Template Template(string value) =>
        PathPattern.TryParse(value, out var pattern) ? (PathPattern.Template)pattern : throw new FormatException(value);

    private readonly struct PeerMatcher : IPatternMatcher<PeerPattern>
    {
        public static bool Matches(PeerPattern pattern, in RequestView view) => pattern.Matches(view.Peer);
    }

    private readonly struct TemplateMatcher : IPatternMatcher<PathPattern.Template>
    {
        public static bool Matches(PathPattern.Template pattern, in RequestView view) => pattern.Matches(view.Path);
    }

    private readonly struct Counted : IPatternMatcher<PeerPattern>, IPatternMatcher<PathPattern.Template>
    {
        [ThreadStatic]
        private static int _compared;

        public static int Compared
        {
            get => _compared;
            set => _compared = value;
        }

        static bool IPatternMatcher<PeerPattern>.Matches(PeerPattern pattern, in RequestView view)
        {
            Compared++;
            return PeerMatcher.Matches(pattern, in view);
        }

        static bool IPatternMatcher<PathPattern.Template>.Matches(PathPattern.Template pattern, in RequestView view)
        {
            Compared++;
            return TemplateMatcher.Matches(pattern, in view);
        }
    }
}
