using System.Globalization;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;
using AuthzEngine.Matching;

namespace AuthzEngine.Formats.Issuance;

/// <summary>Reads <c>grant</c>: what those get whom a rule matches.</summary>
internal static class GrantReader
{
    private const int MostCertificates = 1_000_000;
    private static readonly TimeSpan LongestPer = TimeSpan.FromDays(30);

    private static readonly Dictionary<string, IssuableKey> Keys =
        Enum.GetValues<IssuableKey>().ToDictionary(key => key.ToString());

    /// <summary>Reads it.</summary>
    public static WrittenGrant Read(ObjectReader reader, IssuanceBounds bounds)
    {
        var grant = new WrittenGrant
        {
            Keys = ReadKeys(reader),
            MaxLifetime = Duration(reader, "maxLifetime"),
            DefaultLifetime = Duration(reader, "defaultLifetime"),
            DnsNames = Names(reader),
            Rate = reader.Object("rate") is { } rate ? Rate(rate) : null,
            JwtSvids = reader.Object("jwtSvids") is { } tokens ? Tokens(tokens, bounds) : null,
        };
        CheckLifetimes(reader, grant, bounds);
        reader.End(UnknownFields.Refused);
        return grant;
    }

    private static List<IssuableKey> ReadKeys(ObjectReader reader)
    {
        var keys = new List<IssuableKey>();
        if (reader.Sequence("keys") is not { } sequence)
        {
            return keys;
        }

        if (sequence.Items.Count == 0)
        {
            IssuancePolicyReader.Invalid(reader, "keys", "an empty list allows no key", "leave it out to allow every key, or use `action: DENY`");
        }

        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (ScalarReader.Choice(sequence.Items[i], Keys, reader.Path.Member("keys").Element(i), reader.Findings) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private static TimeSpan? Duration(ObjectReader reader, string field)
    {
        if (reader.OptionalText(field) is not { } text)
        {
            return null;
        }

        if (ShortDuration.TryParse(text, out var duration))
        {
            return duration;
        }

        IssuancePolicyReader.Invalid(reader, field, $"{Excerpt.Of(text)} is no length of time", "such as `12h`, `1h30m` or `15d`");
        return null;
    }

    private static void CheckLifetimes(ObjectReader reader, WrittenGrant grant, IssuanceBounds bounds)
    {
        if (grant.MaxLifetime > bounds.MaxLifetime)
        {
            RefuseLifetime(reader, "maxLifetime", $"{grant.MaxLifetime} exceeds Issuance:MaxLifetime {bounds.MaxLifetime} by {grant.MaxLifetime - bounds.MaxLifetime}");
        }

        var longest = grant.MaxLifetime ?? bounds.MaxLifetime;
        if (grant.DefaultLifetime > longest)
        {
            var name = grant.MaxLifetime is null ? "Issuance:MaxLifetime" : "maxLifetime";
            RefuseLifetime(reader, "defaultLifetime", $"{grant.DefaultLifetime} exceeds {name} {longest} by {grant.DefaultLifetime - longest}");
        }
    }

    private static WrittenTokenGrant Tokens(ObjectReader reader, IssuanceBounds bounds)
    {
        var grant = new WrittenTokenGrant
        {
            IsAllowed = reader.Boolean("allow", absent: true),
            MaxLifetime = Duration(reader, "maxLifetime"),
            DefaultLifetime = Duration(reader, "defaultLifetime"),
        };
        if (grant.MaxLifetime > bounds.MaxTokenLifetime)
        {
            RefuseLifetime(reader, "maxLifetime", $"{grant.MaxLifetime} exceeds JwtSvids:MaxLifetime {bounds.MaxTokenLifetime} by {grant.MaxLifetime - bounds.MaxTokenLifetime}");
        }

        var longest = grant.MaxLifetime ?? bounds.MaxTokenLifetime;
        if (grant.DefaultLifetime > longest)
        {
            var name = grant.MaxLifetime is null ? "JwtSvids:MaxLifetime" : "maxLifetime";
            RefuseLifetime(reader, "defaultLifetime", $"{grant.DefaultLifetime} exceeds {name} {longest} by {grant.DefaultLifetime - longest}");
        }

        if (!grant.IsAllowed && (grant.MaxLifetime ?? grant.DefaultLifetime) is not null)
        {
            reader.Findings.Error(
                IssuanceCodes.GrantOfDenial, reader.Node, reader.Path, "lifetimes of tokens that are not allowed", "leave them out");
        }

        reader.End(UnknownFields.Refused);
        return grant;
    }

    private static void RefuseLifetime(ObjectReader reader, string field, string message) =>
        reader.Findings.Error(IssuanceCodes.LifetimeInvalid, reader.Take(field) ?? reader.Node, reader.Path.Member(field), message);

    private static List<DnsNamePattern> Names(ObjectReader reader)
    {
        var patterns = new List<DnsNamePattern>();
        var items = reader.Sequence("dnsNames")?.Items ?? [];
        for (var i = 0; i < items.Count; i++)
        {
            var path = reader.Path.Member("dnsNames").Element(i);
            if (ScalarReader.Text(items[i], path, reader.Findings) is not { } text)
            {
                continue;
            }

            if (DnsNamePattern.TryParse(text, out var pattern))
            {
                patterns.Add(pattern);
                continue;
            }

            reader.Findings.Error(
                IssuanceCodes.ValueInvalid, items[i], path, $"{Excerpt.Of(text)} is neither a DNS name nor `*.` and a domain; a whole label may be `${{serviceAccount}}` or `${{namespace}}`");
        }

        return patterns;
    }

    private static WrittenRate? Rate(ObjectReader reader)
    {
        var node = reader.Take("certificates");
        var per = Duration(reader, "per");
        var isPerSaid = reader.Take("per") is not null;
        reader.End(UnknownFields.Refused);
        var isNumber = int.TryParse((node as YamlScalar)?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var certificates);
        if (!isNumber || certificates is < 1 or > MostCertificates)
        {
            IssuancePolicyReader.Invalid(
                reader, "certificates", node is null ? "`certificates` is missing" : $"it is no number from 1 to {MostCertificates}");
        }

        if (!isPerSaid)
        {
            reader.Findings.Error(IssuanceCodes.Incomplete, reader.Node, reader.Path.Member("per"), "`per` is missing", "such as `1h`");
        }
        else if (per > LongestPer)
        {
            IssuancePolicyReader.Invalid(reader, "per", $"{per} is longer than {LongestPer}");
        }

        return per is { } time ? new(certificates, time) : null;
    }
}
