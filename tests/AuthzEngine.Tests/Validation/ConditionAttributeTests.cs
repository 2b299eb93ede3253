using AuthzEngine.Compilation.Translation;
using AuthzEngine.Validation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AuthzEngine.Tests.Validation;

public sealed class ConditionAttributeTests
{
    private static readonly Gen<string> Keys =
        from stem in Gen.Elements(
            "source.", "remote.", "request.", "request.auth.", "destination.", "connection.", "experimental.envoy.filters.", "")
        from name in Gen.Elements(
            "ip", "namespace", "serviceAccount", "trustDomain", "principal", "headers", "claims", "audiences", "presenter", "port", "sni", "a", "")
        from end in Gen.Elements("", "", "[a]", "[", "]", "[]", "[a][b]", "x")
        select stem + name + end;

    [Fact]
    public void Validation_and_translation_know_the_same_keys() => Prop.ForAll(
        Keys.ToArbitrary(),
        key => ((ConditionAttribute.Find(key) is not null) == ConditionKeys.TryFind(key, out _)).Label(key))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_accepted_without_a_word_is_translated() => Prop.ForAll(
        Keys.ToArbitrary(),
        key => (ConditionAttribute.Find(key) is not { } attribute
                || ConditionKey.Check(key, attribute) is not null
                || (ConditionKeys.TryFind(key, out var translation) && translation != AttributeTranslation.Malformed))
            .Label(key))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void A_key_in_the_wrong_case_is_told_the_right_one() =>
        Assert.Equal("write `source.ip`", ConditionKey.CheckUnknown(" Source.IP").Suggestion);
}
