using System.Buffers.Text;
using System.Text;
using MeshCA.Consumers;

namespace MeshCA.Rpc.Administration;

/// <summary>Names the last consumer of a page: opaque to whoever passes it back, and worth nothing if it is forged.</summary>
internal static class ConsumerPageToken
{
    private const char Separator = '\n'; // neither identities nor instances hold one
    private const int MaxLength = 8_192;

    /// <summary>Writes one.</summary>
    public static string Write(ConsumerId id) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{(int)id.Kind}{Separator}{id.Identity}{Separator}{id.Instance}"));

    /// <summary>Reads one.</summary>
    /// <param name="token">Untrusted.</param>
    /// <param name="id">The consumer.</param>
    public static bool TryRead(string token, out ConsumerId id)
    {
        id = default;
        if (token.Length > MaxLength || !Base64Url.IsValid(token))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(Separator);
        if (parts.Length != 3 || !Enum.TryParse(parts[0], out ConsumerKind kind) || !Enum.IsDefined(kind))
        {
            return false;
        }

        id = new(parts[1], parts[2], kind);
        return true;
    }
}
