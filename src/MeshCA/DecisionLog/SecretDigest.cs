using System.Security.Cryptography;
using System.Text;

namespace MeshCA.DecisionLog;

/// <summary>Stands in for secrets: equal ones can be told within one run of the service, and none can be found by guessing.</summary>
/// <param name="key">Drawn for this run, and kept nowhere.</param>
internal sealed class SecretDigest(byte[] key)
{
    private const int Length = 8;

    /// <summary>One with a key of its own.</summary>
    public static SecretDigest Draw() => new(RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes));

    /// <summary>The digest of a secret.</summary>
    public string Of(string secret) =>
        "hmac-sha256:" + Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(secret)).AsSpan(0, Length));
}
