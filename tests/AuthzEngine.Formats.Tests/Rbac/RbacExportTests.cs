using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Rbac;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using MeshCA.Wire.Envoy.Rbac.V3;
using Xunit;

namespace AuthzEngine.Formats.Tests.Rbac;

public sealed class RbacExportTests
{
    [Fact]
    public void A_workload_without_policies_has_no_filters()
    {
        var configuration = For().ToEnvoyRbac(RequestProtocol.Http);

        Assert.Empty(configuration.Filters);
        Assert.Empty(configuration.Notes);
    }

    [Fact]
    public void Allow_policies_of_which_no_rule_is_left_deny_everything()
    {
        var rules = Http(Policy(PolicyAction.Allow, new Rule { When = [new("unknown", ["v"], [])] })).Rules;

        Assert.Equal(new RBAC { Action = RBAC.Types.Action.Allow }, rules);
    }

    [Fact]
    public void A_policy_without_rules_shows_as_one_that_never_matches()
    {
        var (id, policy) = Assert.Single(Http(Policy(PolicyAction.Allow)).Rules.Policies);

        Assert.Equal("ns[home]-policy[p]-rule[0]", id);
        Assert.True(policy.Permissions.Single().NotRule.Any);
        Assert.True(policy.Principals.Single().NotId.Any);
    }

    [Fact]
    public void Dry_runs_alone_enforce_nothing()
    {
        var dryRun = Policy(PolicyAction.Allow) with
        {
            Annotations = new Dictionary<string, string> { [AuthorizationPolicy.DryRunAnnotation] = "true" },
        };

        var filter = Http(dryRun);

        Assert.Null(filter.Rules);
        Assert.Equal("istio_dry_run_allow_", filter.ShadowRulesStatPrefix);
    }

    [Fact]
    public void Plaintext_may_be_left_to_the_listener()
    {
        var strict = new PeerAuthentication
        {
            Id = new(ResourceKind.PeerAuthentication, PolicyGenerator.Home, "pa"),
            Mode = MutualTlsMode.Strict,
        };

        var configuration = For(strict).ToEnvoyRbac(RequestProtocol.Tcp, new() { DenyPlaintextWhereStrict = false });

        Assert.Empty(configuration.Filters);
        Assert.Equal(RbacNoteKind.MutualTls, Assert.Single(configuration.Notes).Kind);
    }

    [Fact]
    public void Network_filters_have_the_prefix_of_statistics_that_envoy_demands()
    {
        var filter = For(Policy(PolicyAction.Allow)).ToEnvoyRbac(RequestProtocol.Tcp, new() { NetworkStatPrefix = "in." }).Filters.Single();

        Assert.Equal("in.", Assert.IsType<MeshCA.Wire.Envoy.NetworkRbac.V3.RBAC>(filter.Configuration).StatPrefix);
    }

    [Theory]
    [InlineData("a/{*}", true)]
    [InlineData("//a/{*}", true)]
    [InlineData("/{*}//", true)]
    [InlineData("/a/{*}", false)]
    public void A_template_that_envoy_refuses_stands_as_an_expression(string path, bool refused)
    {
        var rule = new Rule { To = [new(new Operation { Paths = [path] })] };

        var configuration = For(Policy(PolicyAction.Allow, rule)).ToEnvoyRbac(RequestProtocol.Http);

        Assert.Equal(refused ? [RbacNoteKind.PathTemplate] : [], configuration.Notes.Select(note => note.Kind));
        Assert.Equal(refused ? Permission.RuleOneofCase.UrlPath : Permission.RuleOneofCase.UriTemplate, PathOf(configuration));
    }

    [Theory]
    [InlineData(256, Permission.RuleOneofCase.UriTemplate)]
    [InlineData(257, Permission.RuleOneofCase.UrlPath)]
    public void A_template_longer_than_envoy_takes_stands_as_an_expression(int length, Permission.RuleOneofCase form)
    {
        // As Envoy writes it: `*` for `{*}`.
        var rule = new Rule { To = [new(new Operation { Paths = [$"/{new string('a', length - 3)}/{{*}}"] })] };

        Assert.Equal(form, PathOf(For(Policy(PolicyAction.Allow, rule)).ToEnvoyRbac(RequestProtocol.Http)));
    }

    [Fact]
    public void What_the_proxys_version_decides_is_noted()
    {
        var settings = new MeshSettings
        {
            RepeatedHeaders = RepeatedHeaders.Joined,
            RequestPrincipals = RequestPrincipalMatching.Joined,
        };
        var rule = new Rule
        {
            When = [new("request.headers[a]", ["v"], []), new("request.headers[b]", ["v"], []), new("request.auth.principal", ["*"], [])],
        };

        var configuration = PolicySet.Compile(new ResourceSet([Policy(PolicyAction.Allow, rule)], []), settings)
            .For(Mesh.Workload).ToEnvoyRbac(RequestProtocol.Http);

        Assert.Equal(
            [RbacNoteKind.RepeatedHeaders, RbacNoteKind.RequestPrincipals], configuration.Notes.Select(note => note.Kind));
    }

    [Fact]
    public void Rules_that_spell_one_id_are_all_there()
    {
        var one = Policy(PolicyAction.Deny, new Rule()) with { Id = new(ResourceKind.AuthorizationPolicy, PolicyGenerator.Home, "a") };
        var odd = one with { Id = one.Id with { Name = "a]-rule[0]-ns[home]-policy[a" } };
        var table = new PolicyTable();
        table.Add("same", new Policy());
        table.Add("same", new Policy());

        Assert.Equal(2, table.For(PolicyAction.Deny).Policies.Count);
        Assert.Equal(2, Http(one, odd).Rules.Policies.Count);
    }

    private static Permission.RuleOneofCase PathOf(RbacConfiguration configuration) =>
        Assert.IsType<MeshCA.Wire.Envoy.HttpRbac.V3.RBAC>(configuration.Filters.Single().Configuration)
            .Rules.Policies.Values.Single().Permissions.Single().AndRules.Rules.Single().OrRules.Rules.Single().RuleCase;

    private static MeshCA.Wire.Envoy.HttpRbac.V3.RBAC Http(params PolicyResource[] resources) =>
        Assert.IsType<MeshCA.Wire.Envoy.HttpRbac.V3.RBAC>(For(resources).ToEnvoyRbac(RequestProtocol.Http).Filters.Single().Configuration);

    private static WorkloadPolicies For(params PolicyResource[] resources) =>
        PolicySet.Compile(new ResourceSet(resources, []), new MeshSettings()).For(Mesh.Workload);

    private static AuthorizationPolicy Policy(PolicyAction action, params Rule[] rules) => new()
    {
        Id = new(ResourceKind.AuthorizationPolicy, PolicyGenerator.Home, "p"),
        Action = action,
        Rules = rules,
    };
}
