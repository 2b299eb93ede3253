using AuthzEngine.Evaluation;
using AuthzEngine.Requests;
using MeshCA.Decisions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.RequestTokens;

public sealed class RequestTokenAuthenticatorTests : IDisposable
{
    private readonly RequestTokenSetup _setup = new();
    private readonly TestTokenSigner _signer = new("ES256", "k1");

    public void Dispose()
    {
        _setup.Dispose();
        _signer.Dispose();
    }

    [Fact]
    public void A_good_token_gives_the_request_its_claims_and_leaves_it()
    {
        var rule = RequestTokenSetup.Rule(_signer) with { OutputClaimToHeaders = [new("X-User", "sub"), new("x-team", "team")] };
        var answer = _setup.Authenticate(_signer.Sign(_setup.Claims()), rule);
        Assert.Equal(TokenState.Verified, answer.Request.Token);
        Assert.Equal(new ClaimValue.Text("me"), answer.Request.Claims!.Members["sub"]);
        Assert.Equal(0, answer.Request.Headers!.Find("authorization").Count);
        Assert.Equal("me", answer.Request.Headers.Find("x-user")[0]);
        Assert.Equal(
            [new HeaderMutation("authorization", null), new("x-team", null), new("x-user", "me")],
            answer.Mutations.OrderBy(mutation => mutation.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void A_parameter_that_held_the_token_is_to_be_removed()
    {
        var request = new RequestAttributes { Path = "/?a=1&access_token=" + _signer.Sign(_setup.Claims()) };
        var answer = _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(RequestTokenSetup.Rule(_signer)), in request);
        Assert.Equal(TokenState.Verified, answer.Request.Token);
        Assert.Equal("/?a=1", answer.Request.Path);
        Assert.Equal(["access_token"], answer.RemovedParameters);
    }

    [Theory]
    [InlineData("nonsense", null, TokenState.Invalid, DecisionReason.TokenInvalid)]
    [InlineData(null, "elsewhere", TokenState.AudienceRefused, DecisionReason.TokenAudienceRefused)]
    public void A_refused_token_denies_the_request_and_its_reason_is_logged_without_it(
        string? text, string? audience, TokenState state, DecisionReason reason)
    {
        var token = text ?? _signer.Sign(_setup.Claims());
        var policies = RequestTokenSetup.Policies(RequestTokenSetup.Rule(_signer) with { Audiences = audience is null ? [] : [audience] });
        var answer = _setup.Authenticate(token, policies);
        Assert.Equal(state, answer.Request.Token);
        Assert.Null(answer.Request.Claims);
        Assert.Empty(answer.Mutations);
        Assert.Equal((Verdict.Deny, reason), (policies.Decide(answer.Request).Verdict, policies.Decide(answer.Request).Reason));
        var entry = Assert.Single(_setup.Logger.Entries);
        Assert.Equal(8100, entry.EventId);
        Assert.Contains("header `authorization`", entry.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token, entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_token_headers_that_rules_set_are_taken_from_the_client()
    {
        var rule = RequestTokenSetup.Rule(_signer) with { OutputPayloadToHeader = "x-payload" };
        var request = new RequestAttributes { Headers = new RequestTokenSetup.Headers { ["x-payload"] = "forged" } };
        var answer = _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(rule), in request);
        Assert.Equal(TokenState.Absent, answer.Request.Token);
        Assert.Equal([new HeaderMutation("x-payload", null)], answer.Mutations);
        Assert.Equal(0, answer.Request.Headers!.Find("x-payload").Count);
    }

    [Theory]
    [InlineData(AttributeKinds.Headers, AttributeKinds.Headers | AttributeKinds.Claims)]
    [InlineData(AttributeKinds.Path, AttributeKinds.Path | AttributeKinds.Claims)]
    [InlineData(AttributeKinds.Sni, AttributeKinds.Sni)]
    public void Where_nobody_can_look_it_is_unknown_whether_there_is_a_token(AttributeKinds unsupplied, AttributeKinds known)
    {
        var request = new RequestAttributes { Unsupplied = unsupplied };
        var answer = _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(RequestTokenSetup.Rule(_signer)), in request);
        Assert.Equal(known, answer.Request.Unsupplied);
        Assert.Equal(TokenState.Absent, answer.Request.Token);
    }

    [Fact]
    public void Connections_and_workloads_without_rules_are_left_alone()
    {
        var request = RequestTokenSetup.Bearer("nonsense");
        Assert.Equal(TokenState.Absent, _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(), in request).Request.Token);
        var connection = request with { Protocol = RequestProtocol.Tcp };
        var answer = _setup.Authenticator.Authenticate(RequestTokenSetup.Policies(RequestTokenSetup.Rule(_signer)), in connection);
        Assert.Equal(TokenState.Absent, answer.Request.Token);
        Assert.Same(request.Headers, answer.Request.Headers);
    }
}
