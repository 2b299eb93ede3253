namespace MeshCA.Authentication;

/// <summary>Why a caller is not authenticated. Callers never see it: they get one opaque message.</summary>
internal enum AuthenticationError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>Neither a bearer token nor a client certificate.</summary>
    NoCredentials,

    /// <summary>The token exceeds the size limit.</summary>
    TokenTooLong,

    /// <summary>Not three non-empty parts between dots, RFC 7515 §7.1; a JWE has five.</summary>
    NotCompactJws,

    /// <summary>A part is not canonical, unpadded base64url, RFC 7515 §2.</summary>
    BadTokenEncoding,

    /// <summary>The header is not the JSON expected of one.</summary>
    BadTokenHeader,

    /// <summary>The claims are not the JSON expected of them.</summary>
    BadTokenClaims,

    /// <summary>The header says that an extension must be understood, RFC 7515 §4.1.11; none is.</summary>
    CriticalHeader,

    /// <summary>The header's <c>typ</c> is of another kind of token, RFC 8725 §3.11.</summary>
    WrongTokenType,

    /// <summary>The <c>clusterid</c> names no configured cluster.</summary>
    UnknownCluster,

    /// <summary>No issuer of the cluster has this <c>iss</c>.</summary>
    UnknownIssuer,

    /// <summary>The algorithm is not on the issuer's list.</summary>
    AlgorithmNotAllowed,

    /// <summary>The issuer publishes no key with this <c>kid</c>, or several keys fit a token without one.</summary>
    UnknownKey,

    /// <summary>The key is not for the algorithm, RFC 8725 §3.1.</summary>
    KeyNotForAlgorithm,

    /// <summary>The signature does not verify.</summary>
    BadSignature,

    /// <summary><c>exp</c> is missing.</summary>
    NoExpiry,

    /// <summary><c>exp</c> has passed.</summary>
    Expired,

    /// <summary><c>nbf</c> lies in the future.</summary>
    NotYetValid,

    /// <summary><c>iat</c> lies in the future.</summary>
    IssuedInFuture,

    /// <summary>No audience of the token is one of the issuer's.</summary>
    WrongAudience,

    /// <summary><c>sub</c> is not <c>system:serviceaccount:NAMESPACE:NAME</c> with valid names.</summary>
    NotServiceAccount,

    /// <summary>The <c>kubernetes.io</c> claims contradict <c>sub</c>, or the API server's answer contradicts them.</summary>
    ClaimsDisagree,

    /// <summary>The API server does not vouch for the token.</summary>
    ReviewRefused,

    /// <summary>The API server's answer names none of the audiences it was asked about: it may not have looked at them.</summary>
    ReviewWithoutAudience,

    /// <summary>The cluster may not speak for service accounts of the namespace (<c>Kubernetes:Clusters:N:Namespaces</c>).</summary>
    NamespaceNotAllowed,

    /// <summary>The token is bound to no pod, and the cluster's must be (<c>Kubernetes:Clusters:N:Tokens:RequirePod</c>).</summary>
    PodRequired,

    /// <summary>The pod no longer exists, or its time to end is over.</summary>
    PodGone,

    /// <summary>The pod has ended: <c>Succeeded</c> or <c>Failed</c>.</summary>
    PodFinished,

    /// <summary>The pod runs on another node than the token says.</summary>
    PodOnOtherNode,

    /// <summary>The pod runs as another service account than the token's.</summary>
    PodOfOtherAccount,

    /// <summary>The service account no longer exists; one of the same name may have come after it.</summary>
    AccountGone,

    /// <summary>Another identity was asked for by a caller that is not proved by a token of a running pod on a node.</summary>
    ImpersonatorWithoutPod,

    /// <summary>Another identity was asked for by a service account that is no node proxy of its cluster.</summary>
    ImpersonatorNotTrusted,

    /// <summary>The identity asked for is not <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME</c>, octet by octet.</summary>
    ImpersonatedMalformed,

    /// <summary>The identity asked for is of another trust domain than the cluster's.</summary>
    ImpersonatedForeign,

    /// <summary>No running pod on the caller's node has the identity asked for.</summary>
    ImpersonatedNotOnNode,

    /// <summary>Token and client certificate prove different identities.</summary>
    IdentitiesDiffer,

    /// <summary>Only a certificate was shown, and renewal by certificate is off.</summary>
    RenewalDisabled,

    /// <summary>The client certificate breaks a rule of leaves or has left its validity.</summary>
    BadClientCertificate,

    /// <summary>The journal does not know the certificate: never issued here, or pruned.</summary>
    CertificateNotInJournal,

    /// <summary>The journal knows another certificate under this serial.</summary>
    CertificateDiffersFromJournal,

    /// <summary>The last token lies too far back for a renewal by certificate.</summary>
    TokenTooLongAgo,

    /// <summary>The certificate was given to a node proxy, which has to ask with its own token.</summary>
    IssuedToNodeProxy,

    /// <summary>The issuer's keys were never read.</summary>
    KeysNotLoaded,

    /// <summary>The issuer's keys were last read too long ago.</summary>
    KeysTooOld,

    /// <summary>The keys at hand lack the token's, and the issuer is being read anew, or could not be read last.</summary>
    KeyAwaited,

    /// <summary>The journal cannot be read.</summary>
    JournalUnavailable,

    /// <summary>The cluster's API server cannot be asked, or its answer is none.</summary>
    ClusterUnreachable,

    /// <summary>The cluster's pods and service accounts were not read yet.</summary>
    ClusterNotRead,

    /// <summary>The cluster's pods and service accounts were last heard of too long ago.</summary>
    ClusterTooOld,
}
