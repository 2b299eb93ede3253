using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Grpc.Core;

/// <content>One entry.</content>
public sealed partial class Metadata
{
    /// <summary>A key with a text, or with bytes if the key ends in <see cref="BinaryHeaderSuffix"/>.</summary>
#pragma warning disable CA1034 // Nested in the real library too.
    public class Entry
#pragma warning restore CA1034
    {
        private static readonly SearchValues<char> KeyCharacters =
            SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <summary>An entry with bytes.</summary>
        /// <param name="key">The key; ends in <see cref="BinaryHeaderSuffix"/>.</param>
        /// <param name="valueBytes">The bytes; they are copied.</param>
        /// <exception cref="ArgumentException">The key has another character or ending.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = Normalize(key);
            RequireBinary(true);
            _bytes = [.. valueBytes];
        }

        /// <summary>An entry with a text.</summary>
        /// <param name="key">The key: letters, digits, <c>.</c>, <c>_</c>, <c>-</c>; lower-cased.</param>
        /// <param name="value">The text; only printable ASCII can be sent.</param>
        /// <exception cref="ArgumentException">The key has another character, or is for bytes.</exception>
        public Entry(string key, string value)
        {
            Key = Normalize(key);
            RequireBinary(false);
            _text = value ?? throw new ArgumentNullException(nameof(value));
        }

        private Entry(string key, string? text, byte[]? bytes)
        {
            Key = key;
            _text = text;
            _bytes = bytes;
        }

        /// <summary>The key in lower case.</summary>
        public string Key { get; }

        /// <summary>A copy of the bytes; of a text, its ASCII.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_text!) : [.. _bytes];

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">The value is bytes.</exception>
        public string Value => _text ?? throw new InvalidOperationException("the value is binary");

        /// <summary>Whether the value is bytes.</summary>
        public bool IsBinary => _bytes is not null;

        /// <summary>The bytes without a copy; empty for a text.</summary>
        internal ReadOnlySpan<byte> Bytes => _bytes;

        /// <inheritdoc/>
        public override string ToString() =>
            IsBinary ? $"[Entry: key={Key}, valueBytes={Convert.ToHexString(_bytes!)}]" : $"[Entry: key={Key}, value={_text}]";

        internal bool HasKey(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        /// <summary>An entry that came over the wire; its bytes are not copied.</summary>
        internal static Entry Received(string key, string text) => new(key, text, null);

        /// <inheritdoc cref="Received(string, string)"/>
        internal static Entry Received(string key, byte[] bytes) => new(key, null, bytes);

        /// <summary>Lower-cases a key and checks its characters.</summary>
        internal static bool TryNormalize(string key, [NotNullWhen(true)] out string? normalized)
        {
            // Returns the same instance where nothing changes: the common case, and without cost.
            normalized = key.ToLowerInvariant();
            var valid = normalized.Length > 0 && !normalized.AsSpan().ContainsAnyExcept(KeyCharacters);
            normalized = valid ? normalized : null;
            return valid;
        }

        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            return TryNormalize(key, out var normalized)
                ? normalized
                : throw new ArgumentException($"`{key}` is not a metadata key", nameof(key));
        }

        private void RequireBinary(bool binary)
        {
            if (Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal) != binary)
            {
                throw new ArgumentException($"only keys of binary values end in `{BinaryHeaderSuffix}`: `{Key}`");
            }
        }
    }
}
