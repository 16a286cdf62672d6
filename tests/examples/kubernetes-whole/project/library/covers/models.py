from django.db import models


class Cover(models.Model):
    image = models.ImageField(upload_to="covers/")
