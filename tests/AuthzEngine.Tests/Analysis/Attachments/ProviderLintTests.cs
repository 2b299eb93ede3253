using AuthzEngine.Analysis;
using AuthzEngine.Policies;
using Xunit;

namespace AuthzEngine.Tests.Analysis.Attachments;

public sealed class ProviderLintTests
{
    private static AuthorizationPolicy Asking(string provider) => Written.Policy(PolicyAction.Custom, new Rule()) with { Provider = new(provider) };

    [Theory]
    [InlineData("sso", false)]
    [InlineData("oss", true)]
    public void A_provider_must_be_one_of_the_mesh(string provider, bool said) =>
        Assert.Equal(said, Linted.SaysInMesh(LintCodes.ProviderUnknown, Asking(provider)));

    [Fact]
    public void A_provider_must_be_sound() => Assert.Contains(
        Linted.Findings(new AnalysisInput([Asking("sso")])
        {
            Settings = new() { ExtensionProviders = [new("sso", ExtensionProviderKind.Grpc, Valid: false)] },
        }),
        finding => finding.Code == LintCodes.ProviderUnknown);

    [Fact]
    public void Nothing_is_missing_where_the_meshs_settings_are_not_known() => Assert.False(Linted.Says(LintCodes.ProviderUnknown, Asking("oss")));

    [Theory]
    [InlineData("other", null, true)]
    [InlineData("sso", null, false)]
    [InlineData("other", "web", false)]
    public void A_workload_has_one_provider(string provider, string? app, bool said) => Assert.Equal(
        said,
        Linted.Says(
            LintCodes.ProvidersSeveral,
            Asking("sso") with { Selector = Written.Labels("app", "cart") },
            Asking(provider) with { Id = Written.Id(ResourceKind.AuthorizationPolicy, "q"), Selector = app is null ? null : Written.Labels("app", app) }));
}
