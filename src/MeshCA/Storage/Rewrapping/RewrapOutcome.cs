namespace MeshCA.Storage.Rewrapping;

/// <summary>What became of a change of the key-encryption key.</summary>
internal abstract record RewrapOutcome
{
    private RewrapOutcome()
    {
    }

    /// <summary>Everything is sealed with the new key.</summary>
    /// <param name="OldKey">Names the old key; null where the store was under the new one already.</param>
    /// <param name="NewKey">Names the new key.</param>
    internal sealed record Done(string? OldKey, string NewKey) : RewrapOutcome;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Error">What kind of fault.</param>
    /// <param name="Message">For people.</param>
    internal sealed record Refused(RewrapError Error, string Message) : RewrapOutcome;
}

/// <summary>Why nothing was changed.</summary>
internal enum RewrapError
{
    /// <summary>There is no store.</summary>
    NoStore,

    /// <summary>A service runs on the store.</summary>
    InUse,

    /// <summary>The new key is the old one.</summary>
    SameKey,

    /// <summary>A key is missing, is none, or is not the store's; or what it sealed was changed.</summary>
    KeyRefused,

    /// <summary>The store cannot be opened or written.</summary>
    Failed,
}
