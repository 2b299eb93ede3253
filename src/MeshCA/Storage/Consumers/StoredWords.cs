using System.Text.Json;
using System.Text.Json.Serialization;
using MeshCA.Consumers;
using MeshCA.Storage.Schema;

namespace MeshCA.Storage.Consumers;

/// <summary>What a consumer says beside its sequence, as its row keeps it: most say nothing, and the seal covers the text.</summary>
internal sealed record StoredWords
{
    /// <summary>The revision of the bans and revocations that it has in force.</summary>
    public long? Revocations { get; init; }

    /// <summary>Who lacks a bundle behind it.</summary>
    public StoredBehind? Behind { get; init; }

    /// <summary>Writes them.</summary>
    /// <returns>Null where there are none.</returns>
    public static string? Of(Consumer consumer) => consumer is { Revocations: null, Behind: null }
        ? null
        : JsonSerializer.Serialize(
            new StoredWords { Revocations = consumer.Revocations, Behind = consumer.Behind is { } behind ? StoredBehind.Of(behind) : null },
            StoredWordsJson.Default.StoredWords);

    /// <summary>Adds them to a consumer.</summary>
    /// <param name="text">What was written; null: nothing.</param>
    /// <param name="consumer">The consumer without them.</param>
    /// <returns>One of a text that cannot be read has no bundle: nobody vouches for what it says.</returns>
    public static Consumer Read(string? text, Consumer consumer)
    {
        try
        {
            return text is null || JsonSerializer.Deserialize(text, StoredWordsJson.Default.StoredWords) is not { } words
                ? consumer
                : consumer with { Revocations = words.Revocations, Behind = words.Behind?.ToBehind() };
        }
        catch (JsonException)
        {
            return consumer with { Sequence = 0 };
        }
    }
}

/// <summary>Who lacks a bundle behind a consumer. Times in microseconds.</summary>
internal sealed record StoredBehind(int Count, IReadOnlyList<string>? Examples, long Sequence, long? InUse, long Since, long Said)
{
    /// <summary>Takes it.</summary>
    public static StoredBehind Of(ConsumerBehind behind) => new(
        behind.Count,
        [.. behind.Shorten().Examples.Select(example => StoredText.Clean(example))],
        behind.Sequence,
        behind.InUse,
        StoredTime.ToMicroseconds(behind.Since),
        StoredTime.ToMicroseconds(behind.SaidAt));

    /// <summary>Gives it back.</summary>
    public ConsumerBehind ToBehind() => new(Count, Examples ?? [])
    {
        Sequence = Sequence,
        InUse = InUse,
        Since = StoredTime.FromMicroseconds(Since),
        SaidAt = StoredTime.FromMicroseconds(Said),
    };
}

/// <summary>JSON of <see cref="StoredWords"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredWords))]
internal sealed partial class StoredWordsJson : JsonSerializerContext;
