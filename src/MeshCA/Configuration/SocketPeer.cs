using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SpiffeIdentity;

namespace MeshCA.Configuration;

/// <summary>A user of this machine who may ask for decisions, and as whom: <c>1337=spiffe://cluster.local/ns/shop/sa/cart</c>, or <c>33=*</c>.</summary>
internal sealed record SocketPeer
{
    private const string Everybody = "*";

    private SocketPeer(uint userId, string? identity) => (UserId, Identity) = (userId, identity);

    /// <summary>The user's number.</summary>
    public uint UserId { get; }

    /// <summary>The identity that it asks as; null: it may ask about every workload.</summary>
    public string? Identity { get; }

    /// <summary>Reads one.</summary>
    /// <param name="text">The text of the setting.</param>
    /// <param name="peer">The peer, or null.</param>
    /// <returns>False where the text is of another form: nobody is trusted by default.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out SocketPeer? peer)
    {
        peer = null;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var identity = text[(equals + 1)..];
        if (equals < 0
            || !uint.TryParse(text.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            || user == uint.MaxValue // stands for `no user`
            || (identity != Everybody && !SpiffeId.TryParse(identity, out _, out _)))
        {
            return false;
        }

        peer = new(user, identity == Everybody ? null : identity);
        return true;
    }
}
