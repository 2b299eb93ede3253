using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Policies;
using AuthzEngine.Validation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class ResourceValidatorTests
{
    private static readonly HashSet<string> Codes =
        [.. typeof(ValidationCodes).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public void No_resource_whatever_makes_it_throw() => Prop.ForAll(
        ArbitraryResources.Resources.ToArbitrary(),
        resource => ResourceValidator.Validate(resource).All(finding =>
            Codes.Contains(finding.Code) && finding.Resource == resource.Id && finding.Message.Length > 0))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void The_same_resource_has_the_same_findings() => Prop.ForAll(
        ArbitraryResources.Resources.ToArbitrary(),
        resource => ResourceValidator.Validate(resource).SequenceEqual(ResourceValidator.Validate(resource)))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void A_policy_without_errors_loses_no_rule_in_translation() => Prop.ForAll(
        ArbitraryResources.Policies.Where(policy => policy.Rules.Count > 0 && IsTranslatable(policy)).ToArbitrary(),
        policy => PolicyTranslator.Translate(policy, new MeshSettings()).HttpRules.Count == policy.Rules.Count)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Every_message_quotes_untrusted_text_bounded()
    {
        var text = new string('x', 100_000) + "\u001b";
        var policy = Written.Allow(
            Written.From(new Source { IpBlocks = [text], ServiceAccounts = [text], TrustDomains = [text + "*x"] }),
            Written.To(new Operation { Ports = [text], Paths = ["/{" + text] }),
            Written.When(text, "a")) with
        {
            Id = new(ResourceKind.AuthorizationPolicy, text, text),
            TargetRef = new(text, text, text, text),
        };
        var findings = ResourceValidator.Validate(policy);
        Assert.Equal(11, findings.Count);
        Assert.All(findings, finding => Assert.InRange(finding.Message.Length, 1, 400));
        Assert.All(findings, finding => Assert.DoesNotContain('\u001b', finding.Message));
    }

    private static bool IsTranslatable(AuthorizationPolicy policy) => ResourceValidator.Validate(policy).All(
        finding => finding.Severity != Severity.Error && finding.Code != ValidationCodes.ConditionKeyIneffective);
}
