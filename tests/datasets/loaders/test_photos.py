from sk_hyperimage.datasets import load_sample_photos


def test_there_are_more_than_twenty_disjoint_references():
    photos = load_sample_photos()
    assert len(photos.images) >= 20
    assert photos.images.shape[1:] == (160, 160, 3)
    assert len({image.tobytes() for image in photos.images}) == len(photos.images)
    assert len(set(photos.groups)) == 7


def test_no_crop_is_nearly_flat():
    photos = load_sample_photos(crop_size=96)
    assert photos.images.mean(axis=3).std(axis=(1, 2)).min() > 15
