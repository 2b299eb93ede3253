using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>One service with default settings, for the tests of a class that do not change it.</summary>
public sealed class MeshServerFixture : IAsyncLifetime
{
    private TestMesh? _mesh;

    internal TestMesh Mesh => _mesh ?? throw new InvalidOperationException("the service is not started yet");

    public async ValueTask InitializeAsync() => _mesh = await TestMesh.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_mesh is not null)
        {
            await _mesh.DisposeAsync();
        }
    }
}
