using System.Text.Json;

namespace KubernetesClient.Models;

/// <summary>A policy of Istio, its content as it is.</summary>
public interface IIstioPolicy : IKubernetesObject
{
    /// <summary>The policy.</summary>
    JsonElement? Spec { get; }

    /// <summary>What became of it.</summary>
    JsonElement? Status { get; }
}
