using AuthzEngine.Analysis.Subjects;
using AuthzEngine.Diagnostics;
using AuthzEngine.Matching;

namespace AuthzEngine.Analysis.Addresses;

/// <summary>A CIDR with host bits, which are ignored; authorization-policy §3.10.</summary>
internal static class HostBitsLint
{
    public static IEnumerable<Remark> Check(WrittenField field, AnalyzedPolicy policy) => field.Attribute != RuleAttribute.Address
        ? []
        : field.EachValue(LintCodes.AddressHostBits, value => CidrBlock.TryParse(value, out var block) && HasHostBits(block)
            ? new(
                $"{Excerpt.Of(value)} means all {block.PrefixLength}-bit neighbours of the address: the bits after the prefix are ignored",
                $"for the address alone write `{block.Address}`",
                Severity.Info)
            : null);

    private static bool HasHostBits(CidrBlock block)
    {
        var hostBits = block.Address.Bits - block.PrefixLength;
        return hostBits > 0 && (hostBits == 128 ? block.Address.Value != 0 : (block.Address.Value & ((UInt128.One << hostBits) - 1)) != 0);
    }
}
