using System.Globalization;

namespace AuthzEngine.Matching;

/// <summary>A port as policies write it, authorization-policy §3.10.</summary>
public static class PortText
{
    /// <summary>Reads a port: decimal digits, 0 to 65535; leading zeros are fine, a sign or space is not.</summary>
    /// <param name="text">The value of a policy; untrusted.</param>
    /// <param name="port">The port, or 0.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out int port)
    {
        if (!text.ContainsAnyExceptInRange('0', '9') // TryParse ignores NUL at the end
            && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 65535)
        {
            port = (int)number;
            return true;
        }

        port = 0;
        return false;
    }
}
