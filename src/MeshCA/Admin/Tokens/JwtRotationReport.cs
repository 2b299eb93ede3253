using System.Text.Json.Serialization;
using MeshCA.Admin.Authorities;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Tokens;

/// <summary>The keys of JWT-SVIDs, and what became of an order about them or would become of it.</summary>
/// <param name="DryRun">Whether nothing was ordered.</param>
/// <param name="Refused">Whether it was refused, or would be.</param>
/// <param name="Unmet">Where it was, or would be: the conditions that are not met.</param>
/// <param name="Active">The key that signs; null: none does.</param>
/// <param name="Next">The key that is prepared; null: none is.</param>
/// <param name="Conditions">What the next one waits for.</param>
/// <param name="Consumers">Who reports.</param>
/// <param name="Due">When the next one signs by itself once its conditions are met.</param>
/// <param name="Latest">When it does all the same.</param>
/// <param name="Leaving">Keys that sign no more.</param>
/// <param name="ActiveWouldLeave">When the active one would leave the bundle, did the next one sign from now on.</param>
/// <param name="Measured">When this was measured.</param>
/// <param name="BundleSequence">The bundle's sequence.</param>
/// <param name="Unmeasured">Whether an order was done, but what follows from it could not be measured.</param>
internal sealed record JwtRotationReport(
    bool DryRun,
    bool Refused,
    IReadOnlyList<ConditionView> Unmet,
    JwtKeyView? Active,
    JwtKeyView? Next,
    IReadOnlyList<ConditionView> Conditions,
    FleetView Consumers,
    DateTimeOffset? Due,
    DateTimeOffset? Latest,
    IReadOnlyList<JwtKeyView> Leaving,
    DateTimeOffset? ActiveWouldLeave,
    DateTimeOffset Measured,
    ulong BundleSequence,
    bool Unmeasured = false)
{
    /// <summary>What an order would come to.</summary>
    /// <param name="message">How the keys stand.</param>
    /// <param name="isForced">Whether it would be forced.</param>
    public static JwtRotationReport OfDryRun(JwtKeyRotation message, bool isForced)
    {
        var unmet = message.Conditions.Where(condition => !condition.Met).Select(ConditionView.Of).ToList();
        return Of(message, isDryRun: true, message.Next is null || (unmet.Count > 0 && !isForced), unmet);
    }

    /// <summary>What an order came to.</summary>
    public static JwtRotationReport Of(OrderResponse response)
    {
        List<ConditionView> unmet = [.. response.Refusal?.Unmet.Select(ConditionView.Of) ?? []];
        return Of(response.JwtKeys, isDryRun: false, response.Refusal is not null, unmet) with { Unmeasured = response.Unmeasured };
    }

    private static JwtRotationReport Of(JwtKeyRotation message, bool isDryRun, bool isRefused, IReadOnlyList<ConditionView> unmet) => new(
        isDryRun,
        isRefused,
        unmet,
        message.Active is { } active ? JwtKeyView.Of(active) : null,
        message.Next is { } next ? JwtKeyView.Of(next) : null,
        [.. message.Conditions.Select(ConditionView.Of)],
        FleetView.Of(message.Fleet),
        Times.Of(message.Due),
        Times.Of(message.Latest),
        [.. message.Leaving.Select(JwtKeyView.Of)],
        Times.Of(message.ActiveWouldLeave),
        message.Measured.ToDateTimeOffset(),
        message.BundleSequence);
}

/// <summary>A key of JWT-SVIDs.</summary>
/// <param name="Id">Its <c>kid</c>.</param>
/// <param name="Since">Since when it is what it is.</param>
/// <param name="Leaves">When its last token has ended; only of one that leaves.</param>
internal sealed record JwtKeyView(string Id, DateTimeOffset Since, DateTimeOffset? Leaves)
{
    /// <summary>Reads a message.</summary>
    public static JwtKeyView Of(JwtKey key) => new(key.Id, key.Since.ToDateTimeOffset(), Times.Of(key.Leaves));
}

/// <summary>JSON of these reports.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JwtRotationReport))]
internal sealed partial class JwtRotationJson : JsonSerializerContext;
