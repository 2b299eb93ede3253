using MeshCA.Auditing;

namespace MeshCA.Registers;

/// <summary>A state that is kept, and replaced, as a whole.</summary>
internal interface IRevisioned
{
    /// <summary>Grows by one with every change; restarts do not set it back.</summary>
    long Revision { get; }
}

/// <summary>A state as it is kept.</summary>
/// <typeparam name="TSelf">Its own type; immutable.</typeparam>
internal interface IStoredState<out TSelf> : IRevisioned
{
    /// <summary>The same under another revision.</summary>
    TSelf At(long revision);
}

/// <summary>A change that can be made.</summary>
/// <typeparam name="TStored">The state.</typeparam>
internal interface IPlannedChange<out TStored>
{
    /// <summary>What is to be kept then; its revision is the register's to set.</summary>
    TStored Next { get; }

    /// <summary>What to write in the audit with it.</summary>
    IReadOnlyList<AuditEvent> Audit { get; }
}
