using MeshCA.Configuration;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class AuthenticationOptionsTests
{
    [Fact]
    public void The_defaults_are_valid_and_safe()
    {
        var options = new AuthenticationOptions();
        Assert.True(Validate(options).Succeeded);
        Assert.Empty(options.Issuers);
        Assert.Equal(TimeSpan.FromDays(7), options.ClientCertificates.MaxAgeAfterToken);
        Assert.InRange(options.TokenCache.MaxAge, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    private static readonly Dictionary<string, (Action<TokenIssuerOptions> Change, string? Expected)> Rows = new()
    {
        ["good"] = (_ => { }, null),
        ["no name"] = (issuer => issuer.Name = "", "Name"),
        ["name with a space"] = (issuer => issuer.Name = "a b", "Name"),
        ["no issuer"] = (issuer => issuer.Issuer = "", "Issuer"),
        ["no key source"] = (issuer => issuer.JwksFile = null, "exactly one"),
        ["two key sources"] = (issuer => issuer.JwksUrl = "https://keys.example/", "exactly one"),
        ["file and discovery"] = (issuer => issuer.Discovery = true, "exactly one"),
        ["plain http"] = (issuer => Url(issuer, "http://keys.example/"), "https"),
        ["plain http to loopback"] = (issuer => Url(issuer, "http://127.0.0.1:8080/keys"), null),
        ["plain http to ::1"] = (issuer => Url(issuer, "http://[::1]/keys"), null),
        ["plain http to localhost"] = (issuer => Url(issuer, "http://localhost/keys"), null),
        ["plain http to a name that begins so"] = (issuer => Url(issuer, "http://localhost.example/keys"), "https"),
        ["https"] = (issuer => Url(issuer, "https://keys.example/a/b"), null),
        ["file URL"] = (issuer => Url(issuer, "file:///etc/passwd"), "https"),
        ["URL with a password"] = (issuer => Url(issuer, "https://u:p@keys.example/"), "https"),
        ["relative URL"] = (issuer => Url(issuer, "/keys"), "https"),
        ["discovery without a URL"] = (issuer => { issuer.JwksFile = null; issuer.Discovery = true; issuer.Issuer = "kubernetes"; }, "discovery"),
        ["discovery with a query"] = (issuer => { issuer.JwksFile = null; issuer.Discovery = true; issuer.Issuer = "https://a/?b"; }, "discovery"),
        ["issuer no URL, keys from a file"] = (issuer => issuer.Issuer = "kubernetes", null),
        ["authorities for a file"] = (issuer => issuer.CaFile = "/ca.pem", "no use"),
        ["trust domain in upper case"] = (issuer => issuer.TrustDomain = "East", "trust domain"),
        ["empty audience"] = (issuer => issuer.Audiences.Add(" "), "audience"),
        ["empty alias"] = (issuer => issuer.ClusterAliases.Add(""), "alias"),
        ["no cluster"] = (issuer => issuer.ClusterId = "", "ClusterId"),
        ["symmetric algorithm"] = (issuer => issuer.AllowedAlgorithms.Add("HS256"), "HS256"),
        ["no algorithm"] = (issuer => issuer.AllowedAlgorithms.Add("none"), "none"),
        ["one algorithm"] = (issuer => issuer.AllowedAlgorithms.Add("ES256"), null),
        ["interval below a second"] = (issuer => issuer.RefreshInterval = TimeSpan.FromMilliseconds(999), "RefreshInterval"),
        ["stale before the next look"] = (issuer => issuer.MaxStaleAge = TimeSpan.FromMinutes(1), "MaxStaleAge"),
    };

    public static TheoryData<string> Issuers() => [.. Rows.Keys];

    [Theory, MemberData(nameof(Issuers))]
    public void An_issuer_is_judged_by_the_rule(string row)
    {
        var (change, expected) = Rows[row];
        var issuer = Issuer("main");
        change(issuer);
        var result = Validate(new AuthenticationOptions { Issuers = [issuer] });
        Assert.True(result.Succeeded == (expected is null), $"{row}: {result.FailureMessage}");
        Assert.Contains(expected ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var options = new AuthenticationOptions { ClockLeeway = TimeSpan.FromHours(1), Issuers = [Issuer("a b"), Issuer("x")] };
        options.Issuers[1].JwksFile = null;
        options.TokenCache.MaxEntries = -1;
        options.ClientCertificates.MaxAgeAfterToken = TimeSpan.Zero;
        var failures = string.Join('\n', Validate(options).Failures!);
        Assert.All(
            ["ClockLeeway", "Name", "exactly one", "MaxEntries", "MaxAgeAfterToken"],
            part => Assert.Contains(part, failures, StringComparison.Ordinal));
    }

    [Fact]
    public void Issuers_differ_in_name_and_in_url_or_cluster()
    {
        Assert.Contains("named", Failure(Issuer("a"), Issuer("a", "c2")), StringComparison.Ordinal);
        Assert.Contains("twice", Failure(Issuer("a"), Issuer("b")), StringComparison.Ordinal);
        Assert.Equal("", Failure(Issuer("a"), Issuer("b", "c2")));
    }

    [Fact]
    public void An_alias_names_one_cluster()
    {
        var alias = Issuer("a");
        alias.ClusterAliases.Add("c2");
        Assert.Contains("alias", Failure(alias, Issuer("b", "c2")), StringComparison.Ordinal);
        Assert.Equal("", Failure(alias, Issuer("b", "c3")));
        var other = Issuer("b", "c3");
        other.ClusterAliases.Add("c2");
        Assert.Contains("alias", Failure(alias, other), StringComparison.Ordinal);
    }

    private static string Failure(params TokenIssuerOptions[] issuers) =>
        Validate(new AuthenticationOptions { Issuers = [.. issuers] }).FailureMessage ?? "";

    private static ValidateOptionsResult Validate(AuthenticationOptions options) =>
        new AuthenticationOptionsValidator().Validate(null, options);

    private static TokenIssuerOptions Issuer(string name, string cluster = "c1") =>
        new() { Name = name, Issuer = "https://issuer.example", JwksFile = "/keys.json", ClusterId = cluster };

    private static void Url(TokenIssuerOptions issuer, string url)
    {
        issuer.JwksFile = null;
        issuer.JwksUrl = url;
    }
}
