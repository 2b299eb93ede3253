using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Calls;

/// <summary>The object that serves one call.</summary>
/// <param name="Service">The object.</param>
/// <param name="IsOwned">Whether it was made for this call and ends with it.</param>
internal readonly record struct ServiceActivation<TService>(TService Service, bool IsOwned)
    where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory =
        new(() => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));

    /// <summary>Takes the registered service, else makes one of its constructor's services.</summary>
    public static ServiceActivation<TService> From(IServiceProvider services) =>
        services.GetService<TService>() is { } registered
            ? new(registered, IsOwned: false)
            : new(Factory.Value(services, null), IsOwned: true);

    public ValueTask ReleaseAsync()
    {
        if (IsOwned && Service is IAsyncDisposable asynchronous)
        {
            return asynchronous.DisposeAsync();
        }

        if (IsOwned)
        {
            (Service as IDisposable)?.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
