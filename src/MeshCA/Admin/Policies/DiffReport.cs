using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AuthzEngine.Analysis.Differences;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Requests;

namespace MeshCA.Admin.Policies;

/// <summary>What <c>meshca policy diff</c> prints.</summary>
/// <param name="Resources">The resources that differ.</param>
/// <param name="Decisions">Decisions that differ, of requests made of the values of both sets; what is opened comes first.</param>
/// <param name="Requests">Decisions that differ, of the requests of a file.</param>
/// <param name="Probes">Number of requests that were made.</param>
/// <param name="Cut">Whether there were more to make.</param>
internal sealed record DiffReport(
    IReadOnlyList<DiffedResource> Resources,
    IReadOnlyList<DiffedDecision> Decisions,
    IReadOnlyList<DiffedRequest> Requests,
    long Probes,
    bool Cut)
{
    /// <summary>Makes the report.</summary>
    public static DiffReport Of(
        IReadOnlyList<ResourceDifference> resources, ProbedDifferences decisions, IReadOnlyList<DiffedRequest> requests) => new(
        [.. resources.Select(DiffedResource.Of)],
        [.. decisions.Differences.Select(DiffedDecision.Of)],
        requests,
        decisions.Probes,
        decisions.IsCut);

    /// <summary>Prints it for people.</summary>
    public string ToText() => new ReportText()
        .Line(0, $"resources: {(Resources.Count == 0 ? "none differs" : $"{Resources.Count} differ")}")
        .Each(Resources, (text, resource) => text.Line(1, resource.Change, resource.Resource, string.Join(", ", resource.Fields)))
        .Line(0, $"decisions: {(Decisions.Count == 0 ? "none differs" : $"{Decisions.Count} kinds differ")} in {Probes} requests"
            + " made of the values of both sets" + (Cut ? ", which are not all that could be made" : ""))
        .Each(Decisions, (text, decision) => decision.AddTo(text))
        .Each(Requests, (text, request) => request.AddTo(text))
        .ToString();
}

/// <summary>A resource that differs.</summary>
internal sealed record DiffedResource(string Resource, string Change, IReadOnlyList<string> Fields)
{
    public static DiffedResource Of(ResourceDifference difference) =>
        new(difference.Id.ToString(), ReportText.NameOf(difference.Kind), difference.Fields);
}

/// <summary>Requests that are decided otherwise, from one rule to another.</summary>
internal sealed record DiffedDecision(string Workload, DiffedOutcome Before, DiffedOutcome After, int Count, JsonObject Example)
{
    public static DiffedDecision Of(DecisionDifference difference) => new(
        WorkloadText.Describe(difference.Workload),
        DiffedOutcome.Of(difference.Before),
        DiffedOutcome.Of(difference.After),
        difference.Count,
        RequestOf(difference.Example));

    public void AddTo(ReportText text) => text
        .Line(1, $"{Before.Decision} -> {After.Decision}", Workload, $"{Count} requests")
        .Line(2, $"before: {Before.Reason}")
        .Line(2, $"after:  {After.Reason}")
        .Line(2, $"such as {Example.ToJsonString(Compact)}");

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonObject RequestOf(ProbeRequest probe)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            AuthzEngine.Formats.Json.RequestJson.Write(
                json, probe.Attributes, probe.Headers.Select(header => KeyValuePair.Create(header.Key, new HeaderLines(header.Value))));
            json.WriteEndObject();
        }

        return JsonNode.Parse(Encoding.UTF8.GetString(buffer.ToArray()))!.AsObject(); // an object was written
    }
}

/// <summary>A decision of one of the two sets.</summary>
/// <param name="Decision">allow or deny; where providers are asked, provided that they agree.</param>
/// <param name="Policy">Id of the determining rule; null: none determined.</param>
/// <param name="Reason">Why.</param>
internal sealed record DiffedOutcome(string Decision, string? Policy, string Reason)
{
    public static DiffedOutcome Of(LineAnswer answer) =>
        new(DecisionJson.NameOf(answer.Decision.Verdict), answer.Decision.Rule?.Id, answer.Reason);

    public static DiffedOutcome Of(Decision decision)
    {
        var asked = decision.ProvidersToAsk is { } questions
            ? $", provided that these agree: {ReportText.Quote(questions.Select(question => question.Provider.Name))}"
            : "";
        var audit = decision.Audit ? "; marked by an AUDIT rule" : "";
        return new(DecisionJson.NameOf(decision.Verdict), decision.Rule?.Id, DecisionWords.Describe(in decision) + asked + audit);
    }
}

/// <summary>A request of a file that is decided otherwise.</summary>
/// <param name="Line">Number of its line.</param>
/// <param name="Before">What the old set decides.</param>
/// <param name="After">What the new set decides.</param>
internal sealed record DiffedRequest(long Line, DiffedOutcome Before, DiffedOutcome After)
{
    public void AddTo(ReportText text) => text
        .Line(1, $"{Before.Decision} -> {After.Decision}", $"request in line {Line}")
        .Line(2, $"before: {Before.Reason}")
        .Line(2, $"after:  {After.Reason}");
}
