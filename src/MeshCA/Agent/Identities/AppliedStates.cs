namespace MeshCA.Agent.Identities;

/// <summary>Which state each outlet that takes time has put to use: only what all have may be acknowledged to the CA.</summary>
/// <remarks>Sockets serve the present state by themselves; files are there once they are written.</remarks>
internal sealed class AppliedStates
{
    private readonly Lock _lock = new();
    private readonly List<Outlet> _outlets = [];
    private TaskCompletionSource _changed = NewSource();

    /// <summary>Adds an outlet that must apply every state; call before the first one.</summary>
    /// <param name="name">For people.</param>
    public Outlet Add(string name)
    {
        lock (_lock)
        {
            var outlet = new Outlet(this, name);
            _outlets.Add(outlet);
            return outlet;
        }
    }

    /// <summary>Which outlets have applied neither a state nor a newer one, by name, and a task that ends when one has applied something.</summary>
    /// <param name="revision">The state's revision.</param>
    public (IReadOnlyList<string> Lacking, Task Changed) Look(long revision)
    {
        lock (_lock)
        {
            return ([.. _outlets.Where(outlet => outlet.Revision < revision).Select(outlet => outlet.Name)], _changed.Task);
        }
    }

    private void Apply(Outlet outlet, long revision)
    {
        lock (_lock)
        {
            outlet.Revision = Math.Max(outlet.Revision, revision);
            var woken = _changed;
            _changed = NewSource();
            woken.SetResult();
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something that puts states to use.</summary>
    internal sealed class Outlet
    {
        private readonly AppliedStates _owner;

        internal Outlet(AppliedStates owner, string name)
        {
            _owner = owner;
            Name = name;
        }

        /// <summary>For people.</summary>
        public string Name { get; }

        /// <summary>The newest state that it has put to use.</summary>
        public long Revision { get; internal set; }

        /// <summary>Tells that a state is in use.</summary>
        public void Applied(long revision) => _owner.Apply(this, revision);
    }
}
