using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshCA.Admin.Policies;

/// <summary>JSON of the reports of <c>meshca policy</c>; names as in the lines of <c>policy decide</c>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(WhoCanReport))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(ReplayReport))]
[JsonSerializable(typeof(TestReport))]
[JsonSerializable(typeof(IReadOnlyList<LintFinding>))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class PolicyReportJson : JsonSerializerContext;
