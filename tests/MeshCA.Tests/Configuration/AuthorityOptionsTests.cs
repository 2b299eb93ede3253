using MeshCA.Configuration;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class AuthorityOptionsTests
{
    [Fact]
    public void Defaults_fit_together() => Assert.Empty(Faults(new AuthorityOptions(), new IssuanceOptions()));

    [Fact]
    public void A_leaf_that_no_intermediate_could_hold_is_refused_with_the_arithmetic() => Assert.Equal(
        [
            "Issuance:MaxLifetime 15.00:00:00 exceeds half of Authorities:IntermediateLifetime 28.00:00:00, 14.00:00:00, by 1.00:00:00: "
            + "an intermediate signs until half its life is over, so a leaf signed last could not be given its lifetime.",
        ],
        Faults(new AuthorityOptions { IntermediateLifetime = TimeSpan.FromDays(28) }, new IssuanceOptions()));

    [Fact]
    public void A_floor_that_stops_issuing_before_a_renewal_is_refused_with_the_arithmetic() => Assert.Equal(
        [
            "Issuance:AuthorityFloor 00:05:00 reaches half of Authorities:IntermediateLifetime 00:10:00, 00:05:00: "
            + "issuing would stop before the next intermediate is made.",
        ],
        Faults(
            new AuthorityOptions { IntermediateLifetime = TimeSpan.FromMinutes(10) },
            new IssuanceOptions { MaxLifetime = TimeSpan.FromMinutes(5), DefaultLifetime = TimeSpan.FromMinutes(5) }));

    [Fact]
    public void Looks_too_far_apart_for_a_renewal_in_time_are_refused_with_the_arithmetic() => Assert.Equal(
        [
            "Authorities:CheckInterval 00:06:00 exceeds 00:05:00: the next intermediate may be made as late as 00:10:00 + 00:06:00 = 00:16:00, "
            + "and issuing stops at Authorities:IntermediateLifetime 00:20:00 - Issuance:AuthorityFloor 00:05:00 = 00:15:00.",
        ],
        Faults(
            new AuthorityOptions { IntermediateLifetime = TimeSpan.FromMinutes(20), CheckInterval = TimeSpan.FromMinutes(6) },
            new IssuanceOptions { MaxLifetime = TimeSpan.FromMinutes(5), DefaultLifetime = TimeSpan.FromMinutes(5) }));

    [Fact]
    public void All_that_does_not_fit_is_said_at_once() => Assert.Equal(
        2, Faults(new AuthorityOptions { IntermediateLifetime = TimeSpan.FromMinutes(10) }, new IssuanceOptions()).Count);

    [Fact]
    public void A_plug_in_authority_has_no_lifetime_of_ours() => Assert.Empty(
        Faults(new AuthorityOptions { IntermediateLifetime = TimeSpan.FromDays(1), PluginDirectory = "/certificates" }, new IssuanceOptions()));

    [Fact]
    public void An_intermediate_that_no_root_could_hold_is_refused_with_the_arithmetic() => Assert.Equal(
        "IntermediateLifetime 6.00:00:00 exceeds half of RootLifetime 10.00:00:00, 5.00:00:00, by 1.00:00:00: "
        + "a root signs until half its life is over, so the last intermediate could not be given its lifetime.",
        new AuthorityOptions { RootLifetime = TimeSpan.FromDays(10), IntermediateLifetime = TimeSpan.FromDays(6) }.Validate(new("")).Single().ErrorMessage);

    [Fact]
    public void A_default_above_the_maximum_is_refused_with_the_arithmetic() => Assert.Equal(
        "DefaultLifetime 2.00:00:00 exceeds MaxLifetime 1.00:00:00 by 1.00:00:00.",
        new IssuanceOptions { DefaultLifetime = TimeSpan.FromDays(2), MaxLifetime = TimeSpan.FromDays(1) }.Validate(new("")).Single().ErrorMessage);

    [Fact]
    public void A_policy_file_is_named_by_its_whole_path() => Assert.Equal(
        "PolicyFile is not absolute.", new IssuanceOptions { PolicyFile = "policy.yaml" }.Validate(new("")).Single().ErrorMessage);

    private static IReadOnlyList<string> Faults(AuthorityOptions authorities, IssuanceOptions issuance) =>
        [.. new LifetimesFitValidator(Options.Create(issuance)).Validate(null, authorities).Failures ?? []];
}
