using System.Text.Json;
using MeshCA.PolicySources.Watched;
using Xunit;

namespace MeshCA.Tests.PolicySources.Watched;

public sealed class PolicyConditionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly PolicyVerdict Good = new(new(true, "Accepted", "it is in force"), new(true, "Effective", "it applies to workloads"));
    private static readonly PolicyVerdict Bad = new(new(false, "Quarantined", "no"), new(null, "Rejected", "no"));

    [Fact]
    public void What_was_written_is_right_until_verdict_or_generation_change()
    {
        var written = Merge(default, Good, 3)!.Value;

        Assert.Null(Merge(written, Good, 3));
        Assert.NotNull(Merge(written, Bad, 3));
        Assert.NotNull(Merge(written, Good, 4));
    }

    [Fact]
    public void The_time_of_a_transition_stays_while_the_status_does()
    {
        var first = Merge(default, Good, 1)!.Value;
        var second = PolicyConditions.Merge(first, Good, 2, Now.AddHours(1))!.Value;
        var third = PolicyConditions.Merge(second, Bad, 2, Now.AddHours(2))!.Value;

        Assert.Equal("2026-01-02T03:04:05Z", Condition(second, PolicyConditions.Accepted, "lastTransitionTime"));
        Assert.Equal("2026-01-02T05:04:05Z", Condition(third, PolicyConditions.Accepted, "lastTransitionTime"));
        Assert.Equal(("False", "Unknown"), (Condition(third, PolicyConditions.Accepted, "status"), Condition(third, PolicyConditions.Effective, "status")));
    }

    [Fact]
    public void What_others_say_stays_as_it_is()
    {
        var status = Samples.Json("""
            {"observedGeneration":"9","validationMessages":[{"a":1}],"other":{"b":2},
             "conditions":[{"type":"ZtunnelAccepted","status":"True","extra":[1,2]},{"type":"meshca.io/Old","status":"True"}]}
            """);

        var merged = Merge(status, Good, 3)!.Value;

        Assert.Equal(9, merged.GetProperty("observedGeneration").GetInt64());
        Assert.Equal("""[{"a":1}]""", merged.GetProperty("validationMessages").GetRawText());
        Assert.Equal("""{"b":2}""", merged.GetProperty("other").GetRawText());
        Assert.Equal("""{"type":"ZtunnelAccepted","status":"True","extra":[1,2]}""", merged.GetProperty("conditions")[0].GetRawText());
        Assert.Equal(
            ["ZtunnelAccepted", PolicyConditions.Accepted, PolicyConditions.Effective],
            merged.GetProperty("conditions").EnumerateArray().Select(condition => condition.GetProperty("type").GetString()));
    }

    [Fact]
    public void A_policy_of_another_revision_loses_what_was_said_of_it_and_gets_nothing()
    {
        Assert.Null(Merge(default, null, 1));
        Assert.Null(Merge(Samples.Json("""{"conditions":[{"type":"Other","status":"True"}]}"""), null, 1));
        Assert.Empty(Merge(Merge(default, Good, 1)!.Value, null, 1)!.Value.GetProperty("conditions").EnumerateArray());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"conditions":7,"observedGeneration":{}}""")]
    [InlineData("""{"conditions":[7,null,{"type":3},{"type":"meshca.io/Accepted","status":[]}],"observedGeneration":1e99}""")]
    public void A_status_like_none_is_mended(string status) => Assert.Null(Merge(Merge(Samples.Json(status), Good, 1)!.Value, Good, 1));

    private static JsonElement? Merge(JsonElement status, PolicyVerdict? verdict, long generation) =>
        PolicyConditions.Merge(status, verdict, generation, Now);

    private static string? Condition(JsonElement status, string type, string member) => status.GetProperty("conditions").EnumerateArray()
        .Single(condition => condition.GetProperty("type").GetString() == type).GetProperty(member).GetString();
}
