using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Mesh;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;

namespace AuthzEngine.Formats.Issuance;

/// <summary>Reads an issuance policy; <c>docs/issuance-policy.md</c> describes the file.</summary>
public static class IssuancePolicyReader
{
    /// <summary>Most rules of a policy; each request is held against them one by one.</summary>
    public const int MaxRules = 500;

    private static readonly Dictionary<string, IssuanceAction> Actions = new()
    {
        ["ALLOW"] = IssuanceAction.Allow,
        ["DENY"] = IssuanceAction.Deny,
    };

    /// <summary>How much of a file is read: far more than <see cref="MaxRules"/> rules need.</summary>
    public static YamlLimits Limits { get; } = new() { MaxLength = 1024 * 1024, MaxDepth = 12, MaxNodes = 100_000, MaxDocuments = 4 };

    /// <summary>Reads a policy.</summary>
    /// <param name="sourceName">File name, or another name of the source, for findings.</param>
    /// <param name="utf8">YAML or JSON; untrusted.</param>
    /// <param name="bounds">What it must fit into.</param>
    /// <returns>The policy, or everything that is wrong with it.</returns>
    public static MeshReadResult<WrittenIssuancePolicy> Read(string sourceName, ReadOnlyMemory<byte> utf8, IssuanceBounds bounds)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        return MeshFile.Read(sourceName, utf8, Limits, file => Policy(file, bounds));
    }

    private static WrittenIssuancePolicy Policy(ObjectReader file, IssuanceBounds bounds)
    {
        var rules = file.RequiredObjects("rules", reader => new Placed(reader, Rule(reader, bounds)));
        var isSaid = file.Take("otherwise") is not null;
        var otherwise = file.Choice("otherwise", Actions, IssuanceAction.Deny);
        if (!isSaid)
        {
            file.Findings.Error(
                IssuanceCodes.Incomplete, file.Node, file.Path.Member("otherwise"), "`otherwise` is missing", "`ALLOW` or `DENY`");
        }

        file.End(UnknownFields.Refused);
        if (rules.Count > MaxRules)
        {
            file.Findings.Error(
                IssuanceCodes.TooManyRules, file.Node, file.Path.Member("rules"), $"there are {rules.Count} rules, and at most {MaxRules} are taken");
        }

        CheckOrder(rules);
        return new([.. rules.Select(rule => rule.Rule)], otherwise);
    }

    private static WrittenIssuanceRule Rule(ObjectReader reader, IssuanceBounds bounds)
    {
        var action = reader.Choice("action", Actions, IssuanceAction.Allow);
        var grant = reader.Object("grant");
        if (grant is not null && action == IssuanceAction.Deny)
        {
            reader.Findings.Error(
                IssuanceCodes.GrantOfDenial, grant.Node, grant.Path, "a rule that denies grants nothing", "leave `grant` out");
        }

        var rule = new WrittenIssuanceRule
        {
            Name = Name(reader),
            Line = reader.Node.Line,
            Action = action,
            From = reader.Object("from") is { } from ? CallersReader.Read(from, bounds) : new(),
            Grant = grant is not null ? GrantReader.Read(grant, bounds) : new(),
        };
        reader.End(UnknownFields.Refused);
        return rule;
    }

    private static string Name(ObjectReader reader)
    {
        var name = reader.Text("name");
        if (name.Length == 0)
        {
            reader.Findings.Error(IssuanceCodes.Incomplete, reader.Node, reader.Path.Member("name"), "`name` is missing");
        }
        else if (name.Length > 63 || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-' or '_')))
        {
            Invalid(reader, "name", $"{Excerpt.Of(name)} is no name: 1 to 63 of `a-z A-Z 0-9 . - _`");
        }
        else if (name is "otherwise" or "default")
        {
            Invalid(reader, "name", $"`{name}` is the name of what holds where no rule matches");
        }

        return name;
    }

    private static void CheckOrder(IReadOnlyList<Placed> rules)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        Placed? everybody = null;
        foreach (var rule in rules)
        {
            if (rule.Rule.Name.Length > 0 && !names.TryAdd(rule.Rule.Name, rule.Rule.Line))
            {
                rule.Reader.Findings.Error(
                    IssuanceCodes.NameTwice,
                    rule.Reader.Node,
                    rule.Reader.Path.Member("name"),
                    $"the rule in line {names[rule.Rule.Name]} has the name {Excerpt.Of(rule.Rule.Name)} too");
            }

            if (everybody is not null)
            {
                rule.Reader.Findings.Error(
                    IssuanceCodes.Unreachable,
                    rule.Reader.Node,
                    rule.Reader.Path,
                    $"the rule in line {everybody.Rule.Line} takes everybody, so this one never decides",
                    "put it before that one");
            }

            everybody ??= rule.Rule.From.IsEverybody ? rule : null;
        }
    }

    /// <summary>Reports a value of a field.</summary>
    internal static void Invalid(ObjectReader reader, string field, string message, string? suggestion = null) =>
        reader.Findings.Error(
            IssuanceCodes.ValueInvalid, reader.Take(field) ?? reader.Node, reader.Path.Member(field), message, suggestion);

    private sealed record Placed(ObjectReader Reader, WrittenIssuanceRule Rule);
}
