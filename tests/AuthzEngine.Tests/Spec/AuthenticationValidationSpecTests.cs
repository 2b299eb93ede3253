using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Tests.Validation;
using AuthzEngine.Validation;
using Xunit;

namespace AuthzEngine.Tests.Spec;

/// <summary>authorization-policy §6.4 and §6.5.</summary>
public sealed class AuthenticationValidationSpecTests
{
    private const string JwtRule = "spec.jwtRules[0]";
    private const string PortLevel = "spec.portLevelMtls";
    private const string Keys = """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""";

    public static TheoryData<JwtRule?, string[]> JwtRules() =>
    [
        new(null, ["entry-null "]) { Label = "null" },
        new(Written.Issuer, []) { Label = "issuer only" },
        new(new() { JwksUri = "https://a/b" }, []) { Label = "jwksUri only" },
        new(new(), ["issuer-missing "]) { Label = "neither" },
        new(new() { Jwks = Keys }, ["issuer-missing "]) { Label = "jwks does not stand in for the issuer" },
        new(Written.Issuer with { Audiences = ["a", ""] }, ["value-empty .audiences[1]"]) { Label = "audiences" },
        new(Written.Issuer with { JwksUri = "ftp://a" }, ["jwks-uri-invalid .jwksUri"]) { Label = "jwksUri" },
        new(Written.Issuer with { Jwks = "{}" }, ["jwks-invalid .jwks"]) { Label = "jwks" },
        new(Written.Issuer with { Jwks = Keys, JwksUri = "https://a" }, ["jwks-ambiguous "]) { Label = "jwks and jwksUri" },
        new(Written.Issuer with { FromHeaders = [new("x", ""), null, new("", "Bearer ")] }, ["entry-null .fromHeaders[1]", "value-empty .fromHeaders[2].name"]) { Label = "fromHeaders" },
        new(Written.Issuer with { FromParams = [""] }, ["value-empty .fromParams[0]"]) { Label = "fromParams" },
        new(Written.Issuer with { FromCookies = ["a", ""] }, ["value-empty .fromCookies[1]"]) { Label = "fromCookies" },
        new(Written.Issuer with { OutputClaimToHeaders = [new("x-A_1", "a")] }, []) { Label = "a claim" },
        new(Written.Issuer with { OutputClaimToHeaders = [null, new("", "")] }, ["entry-null .outputClaimToHeaders[0]", "value-empty .outputClaimToHeaders[1].header", "value-empty .outputClaimToHeaders[1].claim"]) { Label = "no claim" },
        new(Written.Issuer with { OutputClaimToHeaders = [new("x y", "a"), new("é", "a")] }, ["claim-header-invalid .outputClaimToHeaders[0].header", "claim-header-invalid .outputClaimToHeaders[1].header"]) { Label = "claim headers" },
        new(Written.Issuer with { SpaceDelimitedClaims = ["roles", ""] }, ["value-empty .spaceDelimitedClaims[1]"]) { Label = "spaceDelimitedClaims" },
        new(Written.Issuer with { SpaceDelimitedClaims = Written.Texts(63) }, []) { Label = "claims below the limit" },
        new(Written.Issuer with { SpaceDelimitedClaims = Written.Texts(64) }, []) { Label = "claims at the limit" },
        new(Written.Issuer with { SpaceDelimitedClaims = Written.Texts(65) }, ["space-delimited-claims-too-many .spaceDelimitedClaims"]) { Label = "claims above the limit" },
    ];

    [Theory, MemberData(nameof(JwtRules))]
    public void S6_4_what_a_rule_must_have(JwtRule? rule, string[] findings) => Found.Equal(
        [.. findings.Select(finding => finding.Replace(" ", " " + JwtRule, StringComparison.Ordinal))], Written.Tokens(rule));

    // microseconds
    [Theory]
    [InlineData(0, false)]
    [InlineData(999, false)]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    [InlineData(1_500, false)]
    [InlineData(5_000_000, true)]
    [InlineData(-1_000, false)]
    public void S6_4_a_timeout_is_whole_milliseconds(int timeout, bool valid) => Found.Equal(
        valid ? [] : [$"timeout-invalid {JwtRule}.timeout"],
        Written.Tokens(Written.Issuer with { Timeout = TimeSpan.FromMicroseconds(timeout) }));

    [Theory]
    [InlineData(4095, true)]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void S6_4_the_number_of_rules_is_bounded(int count, bool valid) => Found.Equal(
        valid ? [] : ["jwt-rules-too-many spec.jwtRules"], Written.Tokens([.. Enumerable.Repeat(Written.Issuer, count)]));

    [Fact]
    public void S6_4_the_same_issuer_twice_is_fine() => Found.Equal([], Written.Tokens(Written.Issuer, Written.Issuer));

    [Fact]
    public void S6_4_a_private_key_is_a_mere_warning()
    {
        const string Private = """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}""";
        var finding = Assert.Single(ResourceValidator.Validate(Written.Tokens(Written.Issuer with { Jwks = Private })));
        Assert.Equal((ValidationCodes.JwksPrivateKey, Severity.Warning), (finding.Code, finding.Severity));
    }

    public static TheoryData<PeerAuthentication, string[]> PeerAuthentications() =>
    [
        new(Written.Peers(), []) { Label = "nothing" },
        new(Written.Peers() with { Mode = MutualTlsMode.Strict }, []) { Label = "a mode" },
        new(Written.Peers() with { Mode = (MutualTlsMode)4 }, ["mode-unknown spec.mtls.mode"]) { Label = "a mode of a later version" },
        new(Ports("80"), []) { Label = "a port" },
        new(Ports("80") with { Selector = null }, ["port-level-without-selector " + PortLevel]) { Label = "no selector" },
        new(Ports("80") with { Selector = Written.Labels() }, ["selector-empty spec.selector", "port-level-without-selector " + PortLevel]) { Label = "no labels" },
        new(Ports(), ["port-level-empty " + PortLevel]) { Label = "no port" },
        new(Ports() with { Selector = null }, ["port-level-without-selector " + PortLevel, "port-level-empty " + PortLevel]) { Label = "neither" },
        new(Ports("1", "65535"), []) { Label = "the first and the last port" },
        new(Ports("0", "65536"), [$"port-level-port-invalid {PortLevel}.0", $"port-level-port-invalid {PortLevel}.65536"]) { Label = "beyond them" },
        new(Ports("", "-1", "http", "080"), [.. new[] { "[\"\"]", ".-1", ".http", ".080" }.Select(port => $"port-level-port-invalid {PortLevel}{port}")]) { Label = "no numbers" },
        new(
            Ports() with { PortLevelModes = new Dictionary<string, MutualTlsMode> { ["80"] = (MutualTlsMode)9 } },
            [$"mode-unknown {PortLevel}.80.mode"]) { Label = "an unknown mode of a port" },
    ];

    [Theory, MemberData(nameof(PeerAuthentications))]
    public void S6_5_modes_and_ports(PeerAuthentication authentication, string[] expected) => Found.Equal(expected, authentication);

    private static PeerAuthentication Ports(params string[] ports) => Written.Peers(Written.Labels("app", "web")) with
    {
        PortLevelModes = ports.ToDictionary(port => port, _ => MutualTlsMode.Strict),
    };
}
