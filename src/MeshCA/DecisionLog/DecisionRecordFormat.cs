using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuthzEngine.Evaluation;
using AuthzEngine.Formats.Json;
using AuthzEngine.Formats.Words;
using AuthzEngine.Policies;
using MeshCA.Decisions;

namespace MeshCA.DecisionLog;

/// <summary>Writes records as JSON: what `meshca policy decide` reads, and what it would answer; docs/decision-log.md.</summary>
/// <param name="settings">What is kept of requests.</param>
internal sealed class DecisionRecordFormat(RedactionSettings settings)
{
    /// <summary>Longest record, in bytes; of a longer one the request is left out.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // By the identity of a compiled set: it goes when the snapshot does.
    private readonly ConditionalWeakTable<WorkloadPolicies, RequestRedaction> _redactions = [];

    /// <summary>Writes a record, without an end of line.</summary>
    /// <param name="record">The record.</param>
    /// <param name="line">Receives it; it must be empty.</param>
    public void Write(in DecisionRecord record, ArrayBufferWriter<byte> line)
    {
        var redaction = _redactions.GetValue(record.Subject.Entry.Policies, MakeRedaction);
        Write(in record, redaction.Redact(record.Request), line);
        if (line.WrittenCount > MaxBytes)
        {
            line.ResetWrittenCount();
            Write(in record, RedactedRequest.Nothing(record.Request), line);
        }
    }

    private static void Write(in DecisionRecord record, RedactedRequest request, ArrayBufferWriter<byte> line)
    {
        using var json = new Utf8JsonWriter(line, Writing);
        json.WriteStartObject();
        json.WriteString("time", record.Time.UtcDateTime);
        json.WriteString("decision_id", record.Outcome.Id);
        json.WriteNumber("revision", record.Outcome.Revision);
        WriteWorkload(json, record.Subject);
        json.WriteString("caller", record.Subject.Caller.Identity);
        WriteRequest(json, request, record.Asked);
        WriteNames(json, "redacted", request.Redacted);
        WriteNames(json, "partial", request.Partial);
        var decision = record.Outcome.Decision;
        DecisionJson.Write(json, in decision, DecisionWords.Describe(in decision));
        if (record.Outcome.Ban is { } ban)
        {
            json.WriteString("ban", ban.Describe());
        }

        json.WriteNumber("duration_us", record.Elapsed.Ticks / TimeSpan.TicksPerMicrosecond);
        json.WriteEndObject();
    }

    private RequestRedaction MakeRedaction(WorkloadPolicies policies) => new(AttributesRead.Of(policies), policies.JwtRules, settings);

    private static void WriteWorkload(Utf8JsonWriter json, DecisionSubject subject)
    {
        var workload = subject.Entry.Workload;
        json.WriteStartObject("workload");
        json.WriteString("trust_domain", subject.Snapshot.Mesh.TrustDomain);
        json.WriteString("principal", subject.Principal);
        json.WriteString("namespace", workload.Namespace);
        json.WriteString("service_account", workload.ServiceAccount);
        json.WriteString("proxy", ProxyNames.Of(workload.Proxy));
        json.WriteStartObject("labels");
        foreach (var (name, value) in workload.Labels)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        WriteService(json, workload.Service);
        json.WriteEndObject();
    }

    private static void WriteService(Utf8JsonWriter json, AddressedService? service)
    {
        if (service is not null)
        {
            json.WriteStartObject("service");
            json.WriteString("namespace", service.Namespace);
            json.WriteString("name", service.Name);
            json.WriteString("registry", service.Registry == ServiceRegistry.External ? "external" : "kubernetes");
            json.WriteEndObject();
        }
    }

    private static void WriteRequest(Utf8JsonWriter json, RedactedRequest request, IReadOnlyList<ProviderQuestion>? asked)
    {
        json.WriteStartObject("request");
        var left = request.Request;
        RequestJson.Write(json, in left, request.Headers);
        if (asked is not null)
        {
            // Who asks them denies where they do, so this decision holds where they allow.
            json.WriteStartObject("ext_authz");
            foreach (var question in asked)
            {
                json.WriteString(question.Provider.Name, "allow");
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string member, IReadOnlyList<string> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
