using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Addresses;

/// <summary>An IPv4 address in IPv6 clothes: peers of IPv4 never have one, authorization-policy §3.1.</summary>
internal static class MappedAddressLint
{
    private const int PrefixBits = 96;

    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Address
        ? []
        : field.EachValue(LintCodes.AddressMapped, value => CidrBlock.TryParse(value, out var block) && IsMapped(block)
            ? new(
                $"{Excerpt.Of(value)} is an IPv6 address to Envoy, and a peer over IPv4 has none: {field.NeverMatches}",
                "write the IPv4 address")
            : null);

    private static bool IsMapped(CidrBlock block) =>
        block.Address.Bits == 128 && block.PrefixLength >= PrefixBits && block.Address.Value >> 32 == 0xffff;
}
