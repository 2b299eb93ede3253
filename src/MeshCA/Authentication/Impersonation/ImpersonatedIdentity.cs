using System.Diagnostics.CodeAnalysis;
using MeshCA.Authentication.Tokens;
using SpiffeIdentity;

namespace MeshCA.Authentication.Impersonation;

/// <summary>The identity that a node proxy asks for: a service account's of one trust domain, and nothing that only reads like it.</summary>
internal sealed record ImpersonatedIdentity
{
    private const string Scheme = "spiffe://";

    private ImpersonatedIdentity(SpiffeId id, ServiceAccount account) => (Id, Account) = (id, account);

    /// <summary>The identity, built from its parts: never the text that was sent.</summary>
    public SpiffeId Id { get; }

    /// <summary>The service account.</summary>
    public ServiceAccount Account { get; }

    /// <summary>Parses <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME</c> (istio-ca §2.6).</summary>
    /// <param name="text">The identity; untrusted.</param>
    /// <param name="trustDomain">The trust domain that it must be of.</param>
    /// <param name="identity">The identity, or null.</param>
    /// <param name="error">The rule broken.</param>
    public static bool TryParse(
        string text, TrustDomain trustDomain, [NotNullWhen(true)] out ImpersonatedIdentity? identity, out AuthenticationError error)
    {
        identity = null;
        error = AuthenticationError.ImpersonatedMalformed;
        if (text.Length > SpiffeId.MaxLength || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        Span<Range> parts = stackalloc Range[6];
        var rest = text.AsSpan(Scheme.Length);
        if (rest.Split(parts, '/') != 5 || rest[parts[1]] is not "ns" || rest[parts[3]] is not "sa"
            || !ServiceAccount.TryCreate(rest[parts[2]].ToString(), rest[parts[4]].ToString(), out var account))
        {
            return false;
        }

        if (rest[parts[0]] is var domain && !domain.SequenceEqual(trustDomain.ToString()))
        {
            error = TrustDomain.TryParse(domain, out _, out _) ? AuthenticationError.ImpersonatedForeign : error;
            return false;
        }

        // Rebuilt from what was understood, and compared: no text passes that reads in two ways.
        if (!account.TryGetId(trustDomain, out var id) || !string.Equals(id.ToString(), text, StringComparison.Ordinal))
        {
            return false;
        }

        error = AuthenticationError.None;
        identity = new(id, account);
        return true;
    }
}
