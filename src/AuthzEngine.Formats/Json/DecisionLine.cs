using System.Text.Json;
using AuthzEngine.Requests;

namespace AuthzEngine.Formats.Json;

/// <summary>One line of JSON that asks for a decision; a line of the decision log is one too.</summary>
/// <param name="Context">Member <c>context</c>; an empty object: none.</param>
/// <param name="Workload">
/// Member <c>workload</c>, which stands in for that of the context, as the decision log writes it; an empty object: none.
/// </param>
/// <param name="Request">Member <c>request</c>; an empty object: none.</param>
/// <param name="PoliciesYaml">Policies that stand in for all others; null: none.</param>
/// <param name="Redacted">Attributes that are unknown.</param>
public readonly record struct DecisionLine(
    JsonElement Context, JsonElement Workload, JsonElement Request, string? PoliciesYaml, AttributeKinds Redacted)
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>Attributes of which only a part is there, as the decision log writes them: what is not named in them is unknown.</summary>
    public AttributeKinds Partial { get; init; }

    /// <summary>Reads a line.</summary>
    /// <param name="json">The line; untrusted.</param>
    /// <param name="fault">Why it cannot be read; null: it can.</param>
    /// <returns>The line; of no use with a fault.</returns>
    public static DecisionLine Read(JsonElement json, out JsonFault? fault)
    {
        var line = JsonMembers.Of(json, "");
        var read = new DecisionLine(
            line.TryTake("context", out var context) ? context : Empty,
            line.TryTake("workload", out var workload) ? workload : Empty,
            line.TryTake("request", out var request) ? request : Empty,
            line.Text("policies_yaml"),
            ReadAttributes(line, "redacted"))
        {
            Partial = ReadAttributes(line, "partial"),
        };
        fault = line.Fault;
        return read;
    }

    private static AttributeKinds ReadAttributes(JsonMembers line, string member)
    {
        var kinds = AttributeKinds.None;
        foreach (var name in line.Texts(member) ?? [])
        {
            if (!AttributeNames.TryParse(name, out var kind))
            {
                line.Refuse(member, $"{Diagnostics.Excerpt.Of(name)} is no attribute");
            }

            kinds |= kind;
        }

        return kinds;
    }
}
