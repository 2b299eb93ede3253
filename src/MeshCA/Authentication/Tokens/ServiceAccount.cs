using System.Diagnostics.CodeAnalysis;
using SpiffeIdentity;

namespace MeshCA.Authentication.Tokens;

/// <summary>A Kubernetes service account, as the <c>sub</c> of its tokens names it.</summary>
internal sealed class ServiceAccount
{
    private ServiceAccount(string ns, string name)
    {
        Namespace = ns;
        Name = name;
    }

    /// <summary>The namespace: an RFC 1123 label.</summary>
    public string Namespace { get; }

    /// <summary>The name: an RFC 1123 subdomain.</summary>
    public string Name { get; }

    /// <summary>Parses <c>system:serviceaccount:NAMESPACE:NAME</c>: four parts, no more, no less.</summary>
    /// <param name="subject">The <c>sub</c>; untrusted.</param>
    /// <param name="account">The service account, or null.</param>
    public static bool TryParse(ReadOnlySpan<char> subject, [NotNullWhen(true)] out ServiceAccount? account)
    {
        account = null;
        Span<Range> parts = stackalloc Range[5];
        if (subject.Split(parts, ':') != 4 || subject[parts[0]] is not "system" || subject[parts[1]] is not "serviceaccount")
        {
            return false;
        }

        return TryCreate(subject[parts[2]].ToString(), subject[parts[3]].ToString(), out account);
    }

    /// <summary>Checks a namespace and a name.</summary>
    public static bool TryCreate(string ns, string name, [NotNullWhen(true)] out ServiceAccount? account)
    {
        account = KubernetesName.IsLabel(ns) && KubernetesName.IsSubdomain(name) ? new ServiceAccount(ns, name) : null;
        return account is not null;
    }

    /// <summary>The identity Istio gives it: <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME</c>.</summary>
    public bool TryGetId(TrustDomain trustDomain, [NotNullWhen(true)] out SpiffeId? id) =>
        SpiffeId.TryFromSegments(trustDomain, ["ns", Namespace, "sa", Name], out id, out _);

    /// <summary>The <c>sub</c>.</summary>
    public override string ToString() => $"system:serviceaccount:{Namespace}:{Name}";
}
