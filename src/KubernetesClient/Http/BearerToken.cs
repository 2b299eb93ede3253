using System.Text;
using KubernetesClient.Configuration;

namespace KubernetesClient.Http;

/// <summary>The token to call with, read again as it is rotated.</summary>
/// <param name="content">Where it is.</param>
/// <param name="clock">The time.</param>
internal sealed class BearerToken(CredentialContent content, TimeProvider clock)
{
    private const int MaxLength = 64 * 1024;

    // The kubelet writes a new token once 80% of the old one's time is over: hours before its end.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private string? _token;
    private long _readAt;

    /// <summary>The token.</summary>
    /// <param name="refused">The token that the server no longer takes; null for none. Makes the file be read at once.</param>
    /// <returns>The token; null where there never was one to read.</returns>
    public string? Read(string? refused = null)
    {
        lock (_lock)
        {
            if (_token is null || _token == refused || clock.GetElapsedTime(_readAt) >= Fresh)
            {
                // While the file cannot be read, the token before is likely to be good still.
                _token = Parse(content.Read()) ?? _token;
                _readAt = clock.GetTimestamp();
            }

            return _token;
        }
    }

    /// <summary>Reads a token out of bytes.</summary>
    /// <param name="bytes">The bytes; null where they could not be read.</param>
    /// <returns>The token; null where there is none that could stand in a header.</returns>
    public static string? Parse(byte[]? bytes)
    {
        if (bytes is null or { Length: > MaxLength })
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(bytes).Trim();
        return text.Length > 0 && text.All(letter => letter is > ' ' and < '\u007f') ? text : null;
    }
}
