using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Decisions;
using MeshCA.Rpc.Authorization;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using Xunit;
using Action = MeshCA.Wire.Envoy.Core.V3.HeaderValueOption.Types.HeaderAppendAction;
using HttpCode = MeshCA.Wire.Envoy.Types.V3.StatusCode;

namespace MeshCA.Tests.Rpc.Authorization;

/// <summary>wire.md §2, how Envoy reads the answer.</summary>
public sealed class CheckAnswersTests
{
    private static readonly RuleIdentity Rule =
        new("ns[shop]-policy[p]-rule[0]", new ResourceId(ResourceKind.AuthorizationPolicy, "shop", "p"), 0, PolicyAction.Deny);

    public static TheoryData<DecisionReason, int, HttpCode, string> Denials() =>
    [
        new(DecisionReason.DenyRuleMatched, 7, HttpCode.Forbidden, "RBAC: access denied"),
        new(DecisionReason.NoAllowRuleMatched, 7, HttpCode.Forbidden, "RBAC: access denied"),
        new(DecisionReason.PlaintextRefused, 7, HttpCode.Forbidden, "RBAC: access denied"),
        new(DecisionReason.InvalidResource, 7, HttpCode.Forbidden, "RBAC: access denied"),
        new(DecisionReason.TokenInvalid, 16, HttpCode.Unauthorized, "Jwt verification fails"),
        new(DecisionReason.TokenAudienceRefused, 7, HttpCode.Forbidden, "Audiences in Jwt are not allowed"),
    ];

    [Theory, MemberData(nameof(Denials))]
    public void A_denial_has_a_code_a_status_and_a_body(DecisionReason reason, int code, HttpCode status, string body)
    {
        var answer = Of(new Decision { Reason = reason });
        Assert.Equal(code, answer.Status.Code);
        Assert.Equal((status, body), (answer.DeniedResponse.Status.Code, answer.DeniedResponse.Body));
        Assert.Equal(status == HttpCode.Unauthorized ? ["www-authenticate"] : [], answer.DeniedResponse.Headers.Select(header => header.Header.Key));
    }

    [Fact]
    public void Every_answer_sets_its_status_since_an_absent_one_allows()
    {
        foreach (var verdict in Enum.GetValues<Verdict>())
        {
            foreach (var protocol in Enum.GetValues<RequestProtocol>())
            {
                var answer = CheckAnswers.Of(new(new Decision { Verdict = verdict }, "id", 1), protocol);
                Assert.NotNull(answer.Status);
                Assert.Equal(verdict == Verdict.Allow, answer.Status.Code == 0);
                Assert.Equal(verdict == Verdict.Allow, answer.OkResponse is not null);
            }
        }
    }

    [Fact]
    public void Changes_of_headers_say_the_same_to_old_and_new_proxies()
    {
        var decided = new DecisionOutcome.Decided(new Decision { Verdict = Verdict.Allow }, "id", 1)
        {
            Mutations = [new("authorization", null), new("x-claim", "v")],
        };
        var ok = CheckAnswers.Of(decided, RequestProtocol.Http).OkResponse;
        Assert.Equal(["authorization"], ok.HeadersToRemove);
        var header = Assert.Single(ok.Headers);
        Assert.Equal(new HeaderValue { Key = "x-claim", Value = "v" }, header.Header);
        Assert.Equal((false, Action.OverwriteIfExistsOrAdd), (header.Append, header.AppendAction));
    }

    [Fact]
    public void Metadata_tells_what_decided_and_what_had_to_be_assumed()
    {
        var answer = Of(new Decision
        {
            Reason = DecisionReason.DenyRuleMatched,
            Rule = Rule,
            Assumed = AttributeKinds.RemoteIp | AttributeKinds.Sni,
        });
        var own = answer.DynamicMetadata.Fields["meshca"].StructValue.Fields;
        Assert.Equal("id", own["decision_id"].StringValue);
        Assert.Equal(5, own["revision"].NumberValue);
        Assert.Equal("deny_rule_matched", own["reason"].StringValue);
        Assert.Equal("AuthorizationPolicy/shop/p", own["policy"].StringValue);
        Assert.Equal(Rule.Id, own["rule"].StringValue);
        Assert.Equal("RemoteIp, Sni", own["unknown"].StringValue);
        Assert.Equal(["meshca"], answer.DynamicMetadata.Fields.Keys);
    }

    [Fact]
    public void Metadata_has_istios_keys_for_audit_and_dry_runs()
    {
        var answer = Of(new Decision
        {
            Verdict = Verdict.Allow,
            Audit = true,
            DryRunAllow = new(DryRunOutcome.Denied, null),
            DryRunDeny = new(DryRunOutcome.Denied, Rule),
        });
        var fields = answer.DynamicMetadata.Fields;
        Assert.True(fields["access_log_hint"].BoolValue);
        Assert.Equal("denied", fields["istio_dry_run_allow_shadow_engine_result"].StringValue);
        Assert.False(fields.ContainsKey("istio_dry_run_allow_shadow_effective_policy_id"));
        Assert.Equal("denied", fields["istio_dry_run_deny_shadow_engine_result"].StringValue);
        Assert.Equal(Rule.Id, fields["istio_dry_run_deny_shadow_effective_policy_id"].StringValue);
    }

    private static CheckResponse Of(Decision decision) => CheckAnswers.Of(new(decision, "id", 5), RequestProtocol.Http);
}
