using System.Diagnostics.CodeAnalysis;
using KubernetesClient.Models;
using MeshCA.Authentication.Tokens;

namespace MeshCA.Authentication.ClusterTokens;

/// <summary>Whose token it is, by an API server's answer to a TokenReview; pure.</summary>
internal sealed record ReviewedUser
{
    private const string Group = "system:serviceaccounts";
    private const string Extra = "authentication.kubernetes.io/";
    private const string CredentialPrefix = "JTI=";
    private const int MaxIdLength = 256;
    private const int MaxGroups = 4096;

    // Texts of errors behind which the token itself may be good: a part of the API server could not be asked.
    private static readonly string[] PassingErrors =
        ["timeout", "timed out", "deadline exceeded", "connection refused", "unavailable", "etcdserver", "too many requests", "context canceled"];

    private ReviewedUser(ServiceAccount account) => Account = account;

    /// <summary>The service account.</summary>
    public ServiceAccount Account { get; }

    /// <summary>Its UID; null if not said.</summary>
    public string? AccountUid { get; private init; }

    /// <summary>The pod's name; null if not said.</summary>
    public string? PodName { get; private init; }

    /// <summary>The pod's UID.</summary>
    public string? PodUid { get; private init; }

    /// <summary>The pod's node; servers before 1.30 do not say it.</summary>
    public string? NodeName { get; private init; }

    /// <summary>The token's <c>jti</c>; servers before 1.30 do not say it.</summary>
    public string? TokenId { get; private init; }

    /// <summary>Judges an answer (istio-ca §2.3), the audiences in it too.</summary>
    /// <param name="status">The answer; untrusted.</param>
    /// <param name="audiences">What was asked for.</param>
    /// <param name="user">Whose token it is, or null.</param>
    /// <param name="error">The first rule broken; <see cref="AuthenticationError.ClusterUnreachable"/>: the server itself could not judge.</param>
    public static bool TryRead(
        V1TokenReviewStatus? status,
        IReadOnlySet<string> audiences,
        [NotNullWhen(true)] out ReviewedUser? user,
        out AuthenticationError error)
    {
        user = null;
        error = status switch
        {
            null => AuthenticationError.ClusterUnreachable,
            { Error: { Length: > 0 } text } => IsPassing(text) ? AuthenticationError.ClusterUnreachable : AuthenticationError.ReviewRefused,
            { Authenticated: not true } => AuthenticationError.ReviewRefused,

            // The API's contract: who asks about audiences must look for them in the answer, since a webhook may ignore them.
            { Audiences: null } => AuthenticationError.ReviewWithoutAudience,
            { Audiences: var named } when !named.Any(audiences.Contains) => AuthenticationError.ReviewWithoutAudience,
            { User.Groups: { } groups } when groups.Take(MaxGroups).Contains(Group) => AuthenticationError.None,
            _ => AuthenticationError.NotServiceAccount,
        };
        if (error == AuthenticationError.None)
        {
            user = Read(status!.User!);
            error = user is null ? AuthenticationError.NotServiceAccount : AuthenticationError.None;
        }

        return user is not null;
    }

    private static bool IsPassing(string error) =>
        PassingErrors.Any(text => error.Contains(text, StringComparison.OrdinalIgnoreCase));

    // A name that is none is as bad as another user: nothing of the answer is believed then.
    private static ReviewedUser? Read(V1User user)
    {
        var podName = First(user, "pod-name");
        var podUid = First(user, "pod-uid");
        var node = First(user, "node-name");
        return ServiceAccount.TryParse(user.Username, out var account)
            && (podName is null || KubernetesName.IsSubdomain(podName))
            && (node is null || KubernetesName.IsSubdomain(node))
            && IsId(podUid) && IsId(user.Uid)
            ? new ReviewedUser(account)
            {
                AccountUid = user.Uid is { Length: > 0 } uid ? uid : null,
                PodName = podName,
                PodUid = podUid,
                NodeName = node,
                TokenId = First(user, "credential-id") is { } id && id.StartsWith(CredentialPrefix, StringComparison.Ordinal) && IsId(id)
                    ? id[CredentialPrefix.Length..]
                    : null,
            }
            : null;
    }

    private static bool IsId(string? text) =>
        text is null || (text.Length <= MaxIdLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~'));

    private static string? First(V1User user, string name) =>
        user.Extra?.GetValueOrDefault(Extra + name) is { Count: > 0 } values && values[0].Length > 0 ? values[0] : null;
}
