using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;
using static AuthzEngine.Tests.Written;

namespace AuthzEngine.Tests.Spec;

/// <summary>Authorization-policy §3.4, §3.7 and §3.9: conditions on headers, claims, server name and metadata.</summary>
public sealed class ConditionSpecTests
{
    [Theory]
    [InlineData("v", "v", true)]
    [InlineData("v", "V", false)]
    [InlineData("v*", "vw", true)]
    [InlineData("*w", "vw", true)]
    [InlineData("*", "", true)]
    [InlineData("a", "a,b", false)]
    [InlineData("a,b", "a,b", true)]
    public void S3_4_a_header_is_found_by_name_without_case_and_matched_with_it(string value, string line, bool matches)
    {
        var request = new RequestAttributes { Headers = new TestHeaders { ["x-token"] = [line] } };
        Both(matches, request, "request.headers[X-Token]", value);
        Both(matches, request, "request.headers[x-token]", value);
    }

    [Theory]
    [InlineData("b", RepeatedHeaders.Individually, true)]
    [InlineData("a,b", RepeatedHeaders.Individually, false)]
    [InlineData("b", RepeatedHeaders.Joined, false)]
    [InlineData("a,b", RepeatedHeaders.Joined, true)]
    [InlineData("*", RepeatedHeaders.Individually, true)]
    [InlineData("*", RepeatedHeaders.Joined, true)]
    public void S3_4_repeated_lines_are_matched_one_by_one_unless_a_setting_joins_them(string value, RepeatedHeaders lines, bool matches)
    {
        var request = new RequestAttributes { Headers = new TestHeaders { ["x"] = ["a", "b"] } };
        Both(matches, request, "request.headers[x]", value, new MeshSettings { RepeatedHeaders = lines });
    }

    [Theory]
    [InlineData("request.headers[\"x\"]", "\"x\"")]
    [InlineData("request.headers[a][b]", "a][b")]
    [InlineData("request.headers[[x]]", "[x]")]
    [InlineData("request.headers[:scheme]", ":scheme")]
    public void S3_4_the_name_is_all_between_the_outer_brackets(string key, string name)
    {
        Both(true, new() { Headers = new TestHeaders { [name] = ["v"] } }, key, "v");
        Both(false, new() { Headers = new TestHeaders { ["x"] = ["v"] } }, key, "v");
    }

    [Theory]
    [InlineData("request.headers[:path]", "/a?q=1", true)]
    [InlineData("request.headers[:path]", "/a", false)]
    [InlineData("request.headers[:authority]", "H.example", true)]
    [InlineData("request.headers[:authority]", "h.example", false)]
    [InlineData("request.headers[host]", "H.example", true)]
    [InlineData("request.headers[Host]", "*", true)]
    [InlineData("request.headers[:method]", "GET", true)]
    public void S3_4_pseudo_headers_are_the_request_line_itself(string key, string value, bool matches) =>
        Both(matches, new() { Method = "GET", Path = "/a?q=1", Host = "H.example" }, key, value);

    [Theory]
    [InlineData("[group]", "dev", """{"group":"dev"}""", true)]
    [InlineData("[group]", "dev", """{"group":"Dev"}""", false)]
    [InlineData("[group]", "d*", """{"group":["ops","dev"]}""", true)]
    [InlineData("[group]", "dev", """{"group":["ops"]}""", false)]
    [InlineData("[group]", "*", """{"group":""}""", false)]
    [InlineData("[group]", "*", """{"group":[]}""", false)]
    [InlineData("[group]", "*", """{"group":[""]}""", false)]
    [InlineData("[group]", "*", """{"group":["",1,"x"]}""", true)]
    [InlineData("[group]", "1", """{"group":1}""", false)]
    [InlineData("[group]", "true", """{"group":true}""", false)]
    [InlineData("[group]", "*", """{"group":null}""", false)]
    [InlineData("[group]", "*", """{"group":{"a":"b"}}""", false)]
    [InlineData("[group]", "dev", """{"group":[["dev"]]}""", false)]
    [InlineData("[group]", "dev ops", """{"group":"dev ops"}""", true)]
    [InlineData("[a][b][c]", "v", """{"a":{"b":{"c":"v"}}}""", true)]
    [InlineData("[a][b][c]", "v", """{"a":{"b":{"d":"v"}}}""", false)]
    [InlineData("[a][b]", "v", """{"a":"v"}""", false)]
    [InlineData("[a][b]", "v", """{"a":[{"b":"v"}]}""", false)]
    [InlineData("[a.b]", "v", """{"a.b":"v"}""", true)]
    [InlineData("[a.b]", "v", """{"a":{"b":"v"}}""", false)]
    [InlineData("[[x]]", "v", """{"[x]":"v"}""", true)]
    [InlineData("[a]b[c]", "v", """{"a]b[c":"v"}""", true)]
    [InlineData("[a]]", "v", """{"a]":"v"}""", true)]
    public void S3_7_claims(string path, string value, string claims, bool matches) =>
        Both(matches, Token(claims), "request.auth.claims" + path, value);

    [Theory]
    [InlineData("request.auth.audiences", """{"aud":"me"}""", true)]
    [InlineData("request.auth.audiences", """{"aud":["you","me"]}""", true)]
    [InlineData("request.auth.audiences", """{"aud":["you"]}""", false)]
    [InlineData("request.auth.audiences", """{"azp":"me"}""", false)]
    [InlineData("request.auth.presenter", """{"azp":"me"}""", true)]
    [InlineData("request.auth.presenter", """{"azp":"you"}""", false)]
    [InlineData("request.auth.presenter", """{"aud":"me"}""", false)]
    public void S3_7_audiences_are_aud_and_the_presenter_is_azp(string key, string claims, bool matches) =>
        Both(matches, Token(claims), key, "me");

    [Theory]
    [InlineData("api.example", "api.example", true)]
    [InlineData("api.example", "API.example", true)]
    [InlineData("API.example", "api.example", false)]
    [InlineData("*.example", "api.example", true)]
    [InlineData("api*", "api.example", true)]
    [InlineData("*", "api.example", true)]
    [InlineData("*", "", false)]
    public void S3_1_the_server_name_is_compared_in_lower_case(string value, string sni, bool matches) =>
        Both(matches, new() { Sni = sni }, "connection.sni", value);

    [Theory]
    [InlineData("[k]", "v", """{"k":"v"}""", true)]
    [InlineData("[k]", "v*", """{"k":"vw"}""", true)]
    [InlineData("[k]", "v", """{"k":["v"]}""", false)]
    [InlineData("[k]", "[v]", """{"k":["u","v"]}""", true)]
    [InlineData("[k]", "[v]", """{"k":"v"}""", false)]
    [InlineData("[k]", "[v*]", """{"k":["vw"]}""", true)]
    [InlineData("[k]", "[[v]]", """{"k":["v"]}""", true)]
    [InlineData("[k]", "[v1, v2]", """{"k":["v1","v2"]}""", false)]
    [InlineData("[k]", "[v1, v2]", """{"k":["v1, v2"]}""", true)]
    [InlineData("[k]", "1", """{"k":1}""", false)]
    [InlineData("[k]", "v", """{"j":"v"}""", false)]
    [InlineData("[k][j]", "v", """{"k][j":"v"}""", true)]
    [InlineData("[k][j]", "v", """{"k":{"j":"v"}}""", false)]
    public void S3_9_metadata_of_filters(string key, string value, string metadata, bool matches)
    {
        var request = new RequestAttributes { FilterMetadata = TestClaims.Parse($$"""{"envoy.filters.http.x":{{metadata}}}""") };
        Both(matches, request, "experimental.envoy.filters.http.x" + key, value);
        Both(false, request, "experimental.envoy.filters.http.y" + key, value);
    }

    [Fact]
    public void S3_9_values_are_alternatives() =>
        Assert.True(When("experimental.envoy.filters.x[k]", "[a]", "b").Matches(
            new() { FilterMetadata = TestClaims.Parse("""{"envoy.filters.x":{"k":"b"}}""") }));

    private static RequestAttributes Token(string claims) => new() { Claims = TestClaims.Parse(claims), Token = TokenState.Verified };

    private static void Both(bool matches, RequestAttributes request, string key, string value, MeshSettings? settings = null)
    {
        Assert.Equal(matches, When(key, value).Matches(request, settings: settings));
        Assert.Equal(!matches, WhenNot(key, value).Matches(request, settings: settings));
    }
}
