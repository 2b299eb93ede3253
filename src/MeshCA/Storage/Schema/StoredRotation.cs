using System.Text.Json;
using System.Text.Json.Serialization;
using MeshCA.Authorities;

namespace MeshCA.Storage.Schema;

/// <summary>The stored form of a rotation.</summary>
internal static class StoredRotation
{
    /// <summary>Writes it.</summary>
    public static byte[] Write(RotationRecord rotation) =>
        JsonSerializer.SerializeToUtf8Bytes(rotation, StoredRotationJson.Default.RotationRecord);

    /// <summary>Reads it back; null where there is none.</summary>
    /// <exception cref="KeySealException">It is not what this service writes, though it is sealed: a newer version's.</exception>
    public static RotationRecord? Read(byte[] stored)
    {
        if (stored.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(stored, StoredRotationJson.Default.RotationRecord);
        }
        catch (JsonException e)
        {
            throw new KeySealException("the stored rotation is not one this version knows", e);
        }
    }
}

/// <summary>How a rotation is written; a member that a newer version adds is refused, not forgotten.</summary>
[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RotationRecord))]
internal sealed partial class StoredRotationJson : JsonSerializerContext;
