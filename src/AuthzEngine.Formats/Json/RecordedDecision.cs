using System.Text.Json;

namespace AuthzEngine.Formats.Json;

/// <summary>What a line of the decision log says was decided; the rest of the line is what <see cref="DecisionLine"/> reads.</summary>
/// <param name="Id">Id of the decision; empty when missing.</param>
/// <param name="Time">When, as written; empty when missing.</param>
/// <param name="Allowed">Whether it was allowed.</param>
/// <param name="Policy">Id of the determining rule; null: none determined.</param>
/// <param name="Reason">Why; empty when missing.</param>
public sealed record RecordedDecision(string Id, string Time, bool Allowed, string? Policy, string Reason)
{
    private static readonly Dictionary<string, bool> Verdicts = new() { ["allow"] = true, ["deny"] = false };

    /// <summary>Reads a line.</summary>
    /// <param name="utf8">The line; untrusted.</param>
    /// <param name="fault">Why it cannot be read; null: it can.</param>
    /// <returns>What was decided; of no use with a fault.</returns>
    public static RecordedDecision Read(ReadOnlyMemory<byte> utf8, out JsonFault? fault)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, LineDecider.Reading);
            var line = JsonMembers.Of(document.RootElement, "");
            if (line.Fault is null && line.Text("decision") is null)
            {
                line.Refuse("decision", "it is missing");
            }

            var read = new RecordedDecision(
                line.Text("decision_id") ?? "",
                line.Text("time") ?? "",
                line.Choice("decision", Verdicts) ?? false,
                line.Text("policy"),
                line.Text("reason") ?? "");
            fault = line.Fault;
            return read;
        }
        catch (JsonException exception)
        {
            fault = new("", $"the line is no JSON: {Diagnostics.Excerpt.Of(exception.Message)[1..^1]}");
            return new("", "", Allowed: false, null, "");
        }
    }
}
