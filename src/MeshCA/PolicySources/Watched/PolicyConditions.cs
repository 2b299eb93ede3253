using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace MeshCA.PolicySources.Watched;

/// <summary>Writes what became of a policy into its status, beside what others say there. Pure.</summary>
/// <remarks>The fields are those of Istio's own status; the types of the conditions are ours alone, so that nobody writes over another's.</remarks>
internal static class PolicyConditions
{
    /// <summary>Whether it is in force as written.</summary>
    public const string Accepted = "meshca.io/Accepted";

    /// <summary>Whether it does anything.</summary>
    public const string Effective = "meshca.io/Effective";

    private const string Prefix = "meshca.io/";
    private const string Conditions = "conditions";
    private const string Generation = "observedGeneration";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int MaxOthers = 64;

    /// <summary>Finds what the status should become.</summary>
    /// <param name="status">The status as it is; <see cref="JsonValueKind.Undefined"/> for none. Untrusted.</param>
    /// <param name="verdict">What became of the policy; null: it is none of ours, and nothing is to be said.</param>
    /// <param name="generation">The generation that was judged.</param>
    /// <param name="now">The time.</param>
    /// <returns>The whole new status; null where it is right already.</returns>
    public static JsonElement? Merge(JsonElement status, PolicyVerdict? verdict, long generation, DateTimeOffset now)
    {
        var own = ConditionsOf(status).Where(IsOurs).ToList();
        if (verdict is null ? own.Count == 0 : IsCurrent(status, own, verdict, generation))
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            Write(writer, status, verdict, generation, own, now);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Write(
        Utf8JsonWriter writer, JsonElement status, PolicyVerdict? verdict, long generation, List<JsonElement> own, DateTimeOffset now)
    {
        writer.WriteStartObject();
        foreach (var member in status.ValueKind == JsonValueKind.Object ? status.EnumerateObject() : default)
        {
            if (member.Name is not (Conditions or Generation))
            {
                member.WriteTo(writer);
            }
        }

        var observed = Math.Max(generation, ObservedOf(status));
        if (observed > 0)
        {
            writer.WriteNumber(Generation, observed);
        }

        writer.WriteStartArray(Conditions);
        foreach (var other in ConditionsOf(status).Where(condition => !IsOurs(condition)).Take(MaxOthers))
        {
            other.WriteTo(writer);
        }

        if (verdict is not null)
        {
            Write(writer, Accepted, verdict.Acceptance, own, now);
            Write(writer, Effective, verdict.Effect, own, now);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string type, PolicyJudgement judgement, List<JsonElement> own, DateTimeOffset now)
    {
        var before = own.Find(condition => TextOf(condition, "type") == type);
        var isSame = before.ValueKind == JsonValueKind.Object && TextOf(before, "status") == StatusOf(judgement);
        var since = isSame ? TextOf(before, "lastTransitionTime") : "";
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteString("status", StatusOf(judgement));
        writer.WriteString("reason", judgement.Reason);
        writer.WriteString("message", judgement.Message);
        writer.WriteString("lastTransitionTime", since.Length > 0 ? since : now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static bool IsCurrent(JsonElement status, List<JsonElement> own, PolicyVerdict verdict, long generation) =>
        own.Count == 2 && ObservedOf(status) >= generation
        && own.Exists(condition => Says(condition, Accepted, verdict.Acceptance))
        && own.Exists(condition => Says(condition, Effective, verdict.Effect));

    private static bool Says(JsonElement condition, string type, PolicyJudgement judgement) =>
        TextOf(condition, "type") == type && TextOf(condition, "status") == StatusOf(judgement)
        && TextOf(condition, "reason") == judgement.Reason && TextOf(condition, "message") == judgement.Message;

    private static string StatusOf(PolicyJudgement judgement) => judgement.Holds switch
    {
        true => "True",
        false => "False",
        null => "Unknown",
    };

    private static JsonElement.ArrayEnumerator ConditionsOf(JsonElement status) =>
        status.ValueKind == JsonValueKind.Object && status.TryGetProperty(Conditions, out var conditions) && conditions.ValueKind == JsonValueKind.Array
            ? conditions.EnumerateArray()
            : default;

    private static bool IsOurs(JsonElement condition) => TextOf(condition, "type").StartsWith(Prefix, StringComparison.Ordinal);

    private static string TextOf(JsonElement condition, string name) =>
        condition.ValueKind == JsonValueKind.Object && condition.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? ""
            : "";

    // Istio writes 64-bit numbers as texts.
    private static long ObservedOf(JsonElement status)
    {
        if (status.ValueKind != JsonValueKind.Object || !status.TryGetProperty(Generation, out var observed))
        {
            return 0;
        }

        return observed.ValueKind == JsonValueKind.Number && observed.TryGetInt64(out var number) ? number
            : observed.ValueKind == JsonValueKind.String
                && long.TryParse(observed.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number
            : 0;
    }
}
