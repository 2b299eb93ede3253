using System.Text;
using System.Text.Json.Serialization;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Issuance;

/// <summary>What <c>meshca explain issuance</c> prints.</summary>
internal sealed record IssuanceReport(
    bool WouldIssue,
    AuthenticationReport? Authentication,
    IReadOnlyList<RuleReport> Rules,
    LeafReport? Leaf,
    RefusalReport? Refusal,
    TokenReport? JwtSvid)
{
    /// <summary>Makes a report of an answer.</summary>
    public static IssuanceReport Of(ExplainResponse answer) => new(
        answer.WouldIssue,
        answer.Authentication is { } a
            ? new(a.Accepted, a.Authenticator, a.Reason, a.Detail, a.SpiffeId, a.Cluster, a.Pod, a.PodUid, a.Node)
            : null,
        [.. answer.Rules.Select(rule => new RuleReport(rule.Name, rule.Line, rule.Answer.ToString(), rule.Attribute, rule.Denies))],
        answer.Leaf is { } l
            ? new(
                l.Rule,
                l.Subject,
                l.SpiffeId,
                [.. l.DnsNames],
                l.Key,
                l.KeyBits,
                l.NotBefore.ToDateTimeOffset(),
                l.NotAfterEarliest.ToDateTimeOffset(),
                l.NotAfterLatest.ToDateTimeOffset(),
                l.Clamped,
                l.Authority,
                l.AuthorityNotAfter.ToDateTimeOffset())
            : null,
        answer.Refusal is { } r ? new(r.Reason, r.Detail, RpcFailures.Name((StatusCode)r.Status), r.Message) : null,
        answer.JwtSvid is { } t ? new(t.WouldMint, t.Reason, t.Detail, t.Lifetime?.ToTimeSpan(), t.Longest?.ToTimeSpan(), t.KeyId) : null);

    /// <summary>Prints the report for people.</summary>
    public string ToText()
    {
        var text = new StringBuilder(WouldIssue ? "ISSUED" : "REFUSED");
        if (Refusal is { } refusal)
        {
            text.Append(AdminOutput.Printable($"  {refusal.Reason}{(refusal.Detail.Length > 0 ? $": {refusal.Detail}" : "")}"));
            Line(text, $"the caller is told  {refusal.Status}: {refusal.Message}");
        }

        AppendAuthentication(text);
        foreach (var rule in Rules)
        {
            var place = rule.Line > 0 ? $" (line {rule.Line})" : "";
            var answer = (rule.Answer, rule.Denies) switch
            {
                ("Yes", true) => "matches, and denies",
                ("Yes", false) => "matches, and decides",
                ("Unknown", _) => $"cannot be decided: `{rule.Attribute}` is not known",
                _ => $"does not match: `{rule.Attribute}`",
            };
            Line(text, $"rule        {rule.Name}{place} {answer}");
        }

        AppendLeaf(text);
        if (JwtSvid is { } token)
        {
            Line(text, token.WouldMint
                ? $"jwt-svid    minted: {token.Lifetime:c} by default, {token.Longest:c} at most, by key {token.KeyId}"
                : $"jwt-svid    refused: {token.Reason}{(token.Detail.Length > 0 ? $", {token.Detail}" : "")}");
        }

        return text.ToString();
    }

    private void AppendAuthentication(StringBuilder text)
    {
        if (Authentication is not { } proved)
        {
            return;
        }

        Line(text, proved.Accepted
            ? $"token       accepted by {proved.Authenticator}"
            : $"token       refused: {proved.Reason}{(proved.Detail.Length > 0 ? $", {proved.Detail}" : "")}");
        if (proved.Accepted)
        {
            var pod = (proved.Pod.Length > 0 ? $", pod {proved.Pod}" : "") + (proved.Node.Length > 0 ? $" on {proved.Node}" : "");
            Line(text, $"identity    {proved.SpiffeId}, cluster {proved.Cluster}{pod}");
        }
    }

    private void AppendLeaf(StringBuilder text)
    {
        if (Leaf is not { } leaf)
        {
            return;
        }

        Line(text, "subject     (empty)");
        Line(text, $"names       {string.Join(", ", [$"URI:{leaf.SpiffeId}", .. leaf.DnsNames.Select(name => $"DNS:{name}")])}");
        Line(text, $"key         {leaf.Key}, {leaf.KeyBits} bits");
        Line(text, $"validity    {leaf.NotBefore:u} to {leaf.NotAfterLatest:u}{(leaf.Clamped ? ", shorter than asked for" : "")}");
        if (leaf.NotAfterEarliest < leaf.NotAfterLatest)
        {
            Line(text, $"            chance ends it as early as {leaf.NotAfterEarliest:u}");
        }

        Line(text, $"signer      {leaf.Authority}, until {leaf.AuthorityNotAfter:u}");
    }

    private static void Line(StringBuilder text, string line) => text.Append('\n').Append(AdminOutput.Printable(line));
}

/// <summary>What became of the token.</summary>
internal sealed record AuthenticationReport(
    bool Accepted, string Authenticator, string Reason, string Detail, string SpiffeId, string Cluster, string Pod, string PodUid, string Node);

/// <summary>How a rule answered.</summary>
internal sealed record RuleReport(string Name, int Line, string Answer, string Attribute, bool Denies);

/// <summary>What would be issued.</summary>
internal sealed record LeafReport(
    string Rule,
    string Subject,
    string SpiffeId,
    IReadOnlyList<string> DnsNames,
    string Key,
    int KeyBits,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfterEarliest,
    DateTimeOffset NotAfterLatest,
    bool Clamped,
    string Authority,
    DateTimeOffset AuthorityNotAfter);

/// <summary>What a request for a JWT-SVID would come to.</summary>
internal sealed record TokenReport(bool WouldMint, string Reason, string Detail, TimeSpan? Lifetime, TimeSpan? Longest, string KeyId);

/// <summary>Why nothing would be.</summary>
internal sealed record RefusalReport(string Reason, string Detail, string Status, string Message);

/// <summary>What <c>meshca issuance status</c> prints.</summary>
internal sealed record IssuanceStatusReport(
    string Path, string Sha256, DateTimeOffset? LoadedAt, int Rules, IReadOnlyList<string> Warnings, IReadOnlyList<string> Faults);

/// <summary>JSON of these reports.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IssuanceReport))]
[JsonSerializable(typeof(IssuanceStatusReport))]
internal sealed partial class IssuanceJson : JsonSerializerContext;
