using System.Globalization;
using AuthzEngine.Requests;

namespace AuthzEngine.Matching;

/// <summary>A range of addresses: a CIDR, or one address; authorization-policy §3.10.</summary>
public sealed record CidrBlock
{
    private CidrBlock(IpAddress address, int prefixLength)
    {
        Address = address;
        PrefixLength = prefixLength;
    }

    /// <summary>The address as written; its host bits are ignored.</summary>
    public IpAddress Address { get; }

    /// <summary>Number of leading bits that count.</summary>
    public int PrefixLength { get; }

    /// <summary>Reads a CIDR or an address.</summary>
    /// <param name="text">The value of a policy; untrusted.</param>
    /// <param name="block">The block, or null.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CidrBlock? block)
    {
        block = null;
        var slash = text.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? text : text[..slash], out var address))
        {
            return false;
        }

        if (slash < 0)
        {
            block = new CidrBlock(address, address.Bits);
            return true;
        }

        var digits = text[(slash + 1)..];
        if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0')
            || digits.ContainsAnyExceptInRange('0', '9') // TryParse ignores NUL at the end
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > address.Bits)
        {
            return false;
        }

        block = new CidrBlock(address, length);
        return true;
    }

    /// <summary>Whether an address is in the block; never one of the other family, nor the absent one.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it is.</returns>
    public bool Contains(IpAddress address)
    {
        if (address.Bits != Address.Bits)
        {
            return false;
        }

        var hostBits = Address.Bits - PrefixLength;
        return hostBits == 128 || address.Value >> hostBits == Address.Value >> hostBits;
    }

    /// <summary>Prints <c>address/length</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Address}/{PrefixLength}";
}
