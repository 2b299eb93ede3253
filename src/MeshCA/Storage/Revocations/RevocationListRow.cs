namespace MeshCA.Storage.Revocations;

/// <summary>One revocation list.</summary>
internal sealed class RevocationListRow
{
    /// <summary>Id of the authority that signed it.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Its number.</summary>
    public long Number { get; set; }

    /// <summary>The list, DER.</summary>
    public byte[] Der { get; set; } = [];
}
