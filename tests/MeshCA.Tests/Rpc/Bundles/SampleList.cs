using MeshCA.Authorities;
using MeshCA.Revocations;
using MeshCA.Revocations.Lists;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Bundles;

/// <summary>Revocation lists that an authority signed.</summary>
internal static class SampleList
{
    /// <summary>A list with so many certificates.</summary>
    public static PublishedList Of(SigningAuthority authority, long number, int serials = 0)
    {
        var plan = new ListPlan
        {
            Issuer = authority.Name,
            Number = number,
            ThisUpdate = StoreSamples.Now,
            NextUpdate = StoreSamples.Now.AddDays(1),
            Entries =
            [
                .. Enumerable.Range(1, serials).Select(i =>
                    TestRevocations.Of(RevocationKind.Certificate, $"{i}", i) with { Serial = new(((UInt128)1 << 120) + (UInt128)i) }),
            ],
        };
        Assert.True(LintedList.TryLint(ListBuilder.Build(plan), plan, out var linted));
        return PublishedList.Of(authority.Id, authority.Sign(linted))!;
    }
}
