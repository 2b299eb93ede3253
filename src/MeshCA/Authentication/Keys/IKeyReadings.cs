namespace MeshCA.Authentication.Keys;

/// <summary>Who is told what reading keys brought: metrics and logs.</summary>
internal interface IKeyReadings
{
    /// <summary>Other keys than before were read.</summary>
    /// <param name="name">What the keys are called.</param>
    /// <param name="keys">The keys.</param>
    void Changed(string name, VerificationKeySet keys);

    /// <summary>No keys were read.</summary>
    /// <param name="name">What the keys are called.</param>
    /// <param name="failure">Why.</param>
    /// <param name="delay">Time to the next try.</param>
    void NotRead(string name, KeyReading.Failed failure, TimeSpan delay);

    /// <summary>Reading ended in a bug; it soon begins anew.</summary>
    /// <param name="name">What the keys are called.</param>
    /// <param name="exception">The bug.</param>
    void Faulted(string name, Exception exception);
}
