using System.Text;

namespace MeshCA.Authentication;

/// <summary>Makes untrusted text fit for a log line.</summary>
internal static class Printable
{
    private const int MaxLength = 128;

    /// <summary>The first 128 characters, with <c>?</c> for each that is not printable ASCII.</summary>
    public static string Of(string untrusted)
    {
        var text = new StringBuilder("`");
        foreach (var letter in untrusted.AsSpan(0, Math.Min(untrusted.Length, MaxLength)))
        {
            text.Append(letter is >= ' ' and <= '~' and not '`' ? letter : '?');
        }

        return text.Append('`').ToString();
    }
}
