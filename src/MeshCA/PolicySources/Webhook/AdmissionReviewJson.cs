using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using MeshCA.PolicySources.Watched;
using MeshCA.Texts;

namespace MeshCA.PolicySources.Webhook;

/// <summary>Reads and writes <c>AdmissionReview</c> of <c>admission.k8s.io/v1</c>.</summary>
internal static class AdmissionReviewJson
{
    private const string ApiVersion = "admission.k8s.io/v1";
    private const string ReviewKind = "AdmissionReview";
    private const int MaxUid = 128;
    private const int MaxText = 1024;
    private const int MaxCauses = 50;
    private const int MaxMessage = 4096;
    private const int Unprocessable = 422;

    /// <summary>Reads a question.</summary>
    /// <param name="body">JSON; untrusted.</param>
    /// <param name="request">The question, or null.</param>
    /// <param name="fault">Why there is none; empty where there is.</param>
    public static bool TryRead(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out AdmissionRequest? request, out string fault)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            request = Read(document.RootElement, out fault);
            return request is not null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Also lone surrogates, which only show when a text is taken out.
            (request, fault) = (null, "the body is no JSON");
            return false;
        }
    }

    /// <summary>Writes an answer.</summary>
    /// <param name="request">The question.</param>
    /// <param name="answer">The answer.</param>
    public static ReadOnlyMemory<byte> Write(AdmissionRequest request, AdmissionAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", ApiVersion);
            writer.WriteString("kind", ReviewKind);
            writer.WriteStartObject("response");
            writer.WriteString("uid", request.Uid);
            writer.WriteBoolean("allowed", answer.IsAllowed);
            if (!answer.IsAllowed)
            {
                WriteStatus(writer, request, answer);
            }

            if (answer.Warnings.Count > 0)
            {
                writer.WriteStartArray("warnings");
                foreach (var warning in answer.Warnings)
                {
                    writer.WriteStringValue(warning);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteStatus(Utf8JsonWriter writer, AdmissionRequest request, AdmissionAnswer answer)
    {
        var message = string.Join("; ", answer.Errors.Select(error => FindingText.Of(error)));
        writer.WriteStartObject("status");
        writer.WriteString("status", "Failure");
        writer.WriteNumber("code", Unprocessable);
        writer.WriteString("reason", "Invalid");
        writer.WriteString("message", PrintableText.Of(message, MaxMessage));

        // kubectl prints these, one a line.
        writer.WriteStartObject("details");
        writer.WriteString("group", request.Group);
        writer.WriteString("kind", request.Kind);
        writer.WriteString("name", request.Name);
        writer.WriteStartArray("causes");
        foreach (var error in answer.Errors.Take(MaxCauses))
        {
            writer.WriteStartObject();
            writer.WriteString("reason", "FieldValueInvalid");
            writer.WriteString("field", PrintableText.Of(error.Field, MaxText));
            writer.WriteString("message", FindingText.Of(error with { Field = "" }));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static AdmissionRequest? Read(JsonElement review, out string fault)
    {
        fault = "";
        if (Text(review, "apiVersion") != ApiVersion || Text(review, "kind") != ReviewKind)
        {
            fault = $"only {ReviewKind} of {ApiVersion} is read";
            return null;
        }

        var request = Member(review, "request");
        var uid = Text(request, "uid");
        if (uid.Length is 0 or > MaxUid)
        {
            fault = "request.uid is missing or too long";
            return null;
        }

        var kind = Member(request, "kind");
        var metadata = Member(Member(request, "object"), "metadata");
        var spec = Member(Member(request, "object"), "spec");
        return new(uid)
        {
            Operation = Text(request, "operation"),
            Group = Text(kind, "group"),
            Kind = Text(kind, "kind"),
            Namespace = Text(request, "namespace"),
            Name = Text(request, "name") is { Length: > 0 } name ? name : Text(metadata, "name"),
            Subresource = Text(request, "subResource"),
            Metadata = new()
            {
                GenerateName = Text(metadata, "generateName"),
                Uid = Text(metadata, "uid"),
                CreationTimestamp = Time(metadata, "creationTimestamp"),
                Labels = Map(metadata, "labels"),
                Annotations = Map(metadata, "annotations"),
            },
            Spec = spec.ValueKind == JsonValueKind.Undefined ? null : spec.Clone(),
        };
    }

    private static JsonElement Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: <= MaxText } value ? value : "";

    private static DateTimeOffset? Time(JsonElement parent, string name) =>
        DateTimeOffset.TryParse(Text(parent, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static Dictionary<string, string> Map(JsonElement parent, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in Member(parent, name) is { ValueKind: JsonValueKind.Object } pairs ? pairs.EnumerateObject() : default)
        {
            map[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() ?? "" : member.Value.GetRawText();
        }

        return map;
    }
}
