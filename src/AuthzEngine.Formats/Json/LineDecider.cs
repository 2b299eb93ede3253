using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Diagnostics;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace AuthzEngine.Formats.Json;

/// <summary>Decides lines of JSON, each in its own context. What lines have in common is read and compiled once.</summary>
/// <param name="policies">The policies of lines without their own.</param>
/// <param name="settings">The mesh where a line's context does not say otherwise, and whether invalid policies are in force.</param>
public sealed class LineDecider(PolicyTexts policies, AdmissionSettings settings)
{
    /// <summary>Name of the source of policies that stand in a line.</summary>
    public const string OwnPolicies = "policies_yaml";

    // A stream in which every line has its own policies must not fill the memory; what is thrown away is made anew.
    private const int MostSets = 256;
    private const int MostTargets = 4096;

    internal static readonly JsonDocumentOptions Reading = new() { MaxDepth = 128 };

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<SetKey, PolicySet> _sets = [];
    private readonly Dictionary<TargetKey, Target> _targets = [];
    private readonly List<Finding> _findings = [];

    /// <summary>Decides one line.</summary>
    /// <param name="line">The line, without its end; untrusted.</param>
    /// <param name="output">Receives the answer, or why there is none: one line, with its end.</param>
    /// <param name="findings">What is to say about the policies that were compiled for this line.</param>
    /// <returns>Whether there is an answer.</returns>
    public bool TryDecide(ReadOnlyMemory<byte> line, IBufferWriter<byte> output, out IReadOnlyList<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(output);
        _findings.Clear();
        var fault = Decide(line, out var answer);
        using (var json = new Utf8JsonWriter(output, Writing))
        {
            json.WriteStartObject();
            if (fault is null)
            {
                DecisionJson.Write(json, answer.Decision, answer.Reason);
            }
            else
            {
                // Who reads no more than the decision must not take a line that was not understood for a permission.
                json.WriteString("decision", "deny");
                json.WriteString("error", fault.ToString());
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
        findings = _findings.Count == 0 ? [] : [.. _findings];
        return fault is null;
    }

    /// <summary>Decides one line.</summary>
    /// <param name="line">The line, without its end; untrusted.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>Why there is none; null: there is.</returns>
    public JsonFault? Decide(ReadOnlyMemory<byte> line, out LineAnswer answer)
    {
        answer = default;
        if (!Utf8.IsValid(line.Span))
        {
            return new("", "the line is no UTF-8"); // the parser would only find that in the texts it is asked for
        }

        try
        {
            using var document = JsonDocument.Parse(line, Reading);
            return Decide(document.RootElement, out answer);
        }
        catch (JsonException exception)
        {
            return new("", $"the line is no JSON: {Excerpt.Of(exception.Message)[1..^1]}");
        }
    }

    private JsonFault? Decide(JsonElement json, out LineAnswer answer)
    {
        answer = default;
        var line = DecisionLine.Read(json, out var fault);
        if (fault is not null)
        {
            return fault;
        }

        var target = TargetOf(line, out fault);
        if (fault is not null)
        {
            return fault;
        }

        var unknown = line.Redacted | PartialRequest.Unknown(line.Request, line.Partial, target.Reads);
        var request = RequestInput.Read(line.Request, target.Normalization, unknown, out fault);
        if (fault is null)
        {
            answer = LineAnswer.Of(target.Policies, request);
        }

        return fault;
    }

    private Target TargetOf(in DecisionLine line, out JsonFault? fault)
    {
        fault = null;
        var key = new TargetKey(line.PoliciesYaml, line.Context.GetRawText() + line.Workload.GetRawText());
        if (_targets.TryGetValue(key, out var target))
        {
            return target;
        }

        var context = DecisionContext.Read(in line, settings.Mesh, out fault);
        if (fault is not null)
        {
            return default;
        }

        var found = SetOf(line.PoliciesYaml, context.Mesh).For(context.Workload);
        target = new(context.Mesh.PathNormalization, found, new(() => AttributesRead.Of(found)));
        Keep(_targets, MostTargets, key, target);
        return target;
    }

    private PolicySet SetOf(string? yaml, MeshSettings mesh)
    {
        var key = new SetKey(yaml, TextOf(mesh));
        if (_sets.TryGetValue(key, out var set))
        {
            return set;
        }

        var texts = yaml is null ? policies : PolicyTexts.Read([new(OwnPolicies, Encoding.UTF8.GetBytes(yaml))], new YamlLimits());
        var admitted = texts.Admit(settings with { Mesh = mesh });
        _findings.AddRange(admitted.Findings);
        set = PolicySet.Compile(admitted.Resources, mesh);
        Keep(_sets, MostSets, key, set);
        return set;
    }

    private static void Keep<TKey, TValue>(Dictionary<TKey, TValue> values, int most, TKey key, TValue value)
        where TKey : notnull
    {
        if (values.Count >= most)
        {
            values.Clear();
        }

        values.Add(key, value);
    }

    // Settings hold lists, which records compare by reference; as JSON all of them are text.
    private static string TextOf(MeshSettings mesh) => JsonSerializer.Serialize(mesh);

    private readonly record struct SetKey(string? PoliciesYaml, string Mesh);

    private readonly record struct TargetKey(string? PoliciesYaml, string Context);

    private readonly record struct Target(PathNormalization Normalization, WorkloadPolicies Policies, Lazy<AttributesRead> Reads);
}
